/** Runs the examples in the reference's comments: `expression; // => value`, compared to the printed digits. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as reference from "../../src/reference/index.js";

const folder = new URL("../../src/reference/", import.meta.url);

const examples = readdirSync(folder).flatMap((file) =>
  [...readFileSync(new URL(file, folder), "utf8").matchAll(/^ \* (.+); \/\/ => (.+)$/gm)].map(
    ([, expression = "", printed = ""]) => ({ file, expression, printed }),
  ),
);

function evaluate(expression: string): unknown {
  return new Function(...Object.keys(reference), `return ${expression};`)(...Object.values(reference));
}

describe("examples in the comments of the reference", () => {
  it("every function has an example", () => {
    const shown = examples.map(({ expression }) => /^\w+/.exec(expression)?.[0]);
    expect(Object.keys(reference).filter((name) => !shown.includes(name))).toEqual([]);
  });

  it.each(examples)("$file: $expression", ({ expression, printed }) => {
    const actual = evaluate(expression);
    const plain = ArrayBuffer.isView(actual) ? Array.from(actual as Float64Array) : actual;
    expect(plain).toEqual(JSON.parse(printed));
  });
});

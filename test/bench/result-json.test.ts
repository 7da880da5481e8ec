/** The committed results are as the bench writes them: one line per contender, without samples, so that diffs stay readable. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, it, test } from "vitest";
import { resultJson } from "../../bench/harness/result-json.mjs";

const folder = "bench/results/";
const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".json"));

it("one line per object of a list; six digits; other values on one line", () => {
  const contenders = [
    { id: "a", ratio: { median: 1.23456789, q1: 12345678 } },
    { id: "b\n", flags: [1, 2] },
  ];
  expect(resultJson({ name: "x", options: { list: [] }, shapes: [{ rows: 1, contenders }] })).toBe(`{
  "name": "x",
  "options": {"list":[]},
  "shapes": [
    {
      "rows": 1,
      "contenders": [
        {"id":"a","ratio":{"median":1.23457,"q1":12345678}},
        {"id":"b\\n","flags":[1,2]}
      ]
    }
  ]
}
`);
});

test.each(files)("%s", (name) => {
  const text = readFileSync(`${folder}${name}`, "utf8");
  expect(resultJson(JSON.parse(text))).toBe(text);
  expect(text).not.toContain('"samples"');
});

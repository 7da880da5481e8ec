/** The cross-entropy's own kernels: all that its functions call, nothing else, and the same bits. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { BuildRunner } from "../../src/engine/build-runner.js";
import { functionsOn } from "../../src/functions.js";
import { ALL_KERNELS, CROSS_ENTROPY_KERNELS } from "../../src/wasm/kernel-sets.js";
import { moduleBytes } from "../../src/wasm/kernel-text.js";
import { fingerprint, goldenCases } from "../golden/cases.js";
import recorded from "../golden/recorded.json" with { type: "json" };
import { bitsOf, makeCall } from "../support/calls.js";
import { variants } from "../support/kernel-memory.js";

const ENGINE = fileURLToPath(new URL("../../src/engine/", import.meta.url));
/** Functions that take no other kernels: those that src/losses runs by runCrossEntropy. */
const OF_CROSS_ENTROPY = /^(crossEntropy|polyLoss|nllLoss)(ValueAndGrad)?$|^perplexity$/;

const exportsOf = (module: WebAssembly.Module): string[] =>
  WebAssembly.Module.exports(module)
    .map(({ name }) => name)
    .sort();
const [few, all] = [CROSS_ENTROPY_KERNELS, ALL_KERNELS].map((set) =>
  exportsOf(new WebAssembly.Module(moduleBytes(set, "plain"))),
) as [string[], string[]];

/** The code of a file of src/engine and of all that it imports there, types apart, without comments. */
function codeFrom(file: string, seen = new Set<string>()): string {
  if (seen.has(file) || !file.startsWith(ENGINE)) return "";
  seen.add(file);
  const code = readFileSync(file, "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
  const imported = code.matchAll(/^import (?!type )[^;]*?from "(\.\.?\/[^"]+)\.js";/gm);
  return code + Array.from(imported, ([, path]) => codeFrom(join(dirname(file), `${path}.ts`), seen)).join("");
}

describe("the kernels of the cross-entropy", () => {
  it("are those that crossEntropyKind's files name, whatever the options", () => {
    const code = codeFrom(join(ENGINE, "kinds/cross-entropy.ts"));
    const named = all.filter((name) => new RegExp(`kernels\\.${name}\\b|"${name}"`).test(code));
    expect(few).toEqual(named.sort());
    // the pattern finds what other routines name
    expect(codeFrom(join(ENGINE, "kinds/softmax.ts"))).toMatch(/kernels\.softmaxRows\b/);
  });

  it("give the recorded bits", () => {
    const functions = functionsOn(() => runner);
    const runner = new BuildRunner(CROSS_ENTROPY_KERNELS, "plain");
    const cases = goldenCases.filter(({ call }) => OF_CROSS_ENTROPY.test(call.name));
    expect(new Set(cases.map(({ call }) => call.name)).size).toBeGreaterThan(4);
    const expected: Readonly<Record<string, string>> = recorded;
    for (const { name, call } of cases) expect(fingerprint(bitsOf(makeCall(functions, call))), name).toBe(expected[name]);
  });

  it.each(variants)("are followed by the others where these are asked for, %s", (variant) => {
    const runner = new BuildRunner(CROSS_ENTROPY_KERNELS, variant);
    const { crossEntropy, softmax } = functionsOn(() => runner);
    const logits = new Float32Array([2, 1, 0.5, 0.5, 2.5, 1]);
    const before = crossEntropy(logits, [0, 1]);
    expect(() => softmax(logits)).toThrow(TypeError);
    runner.bring(ALL_KERNELS);
    expect(softmax(logits)).toHaveLength(6);
    expect(crossEntropy(logits, [0, 1])).toBe(before);
    const { kernels } = runner.workspace;
    runner.bring(CROSS_ENTROPY_KERNELS);
    expect(runner.workspace.kernels).toBe(kernels);
  });
});

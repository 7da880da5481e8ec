/** What a page carries that calls one function: its own code and kernels, and not the other functions'. */
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { ALL_KERNELS, CROSS_ENTROPY_KERNELS } from "../../src/wasm/kernel-sets.js";

/** Most bytes of each function's bundle, gzipped. */
const MOST_BYTES = [
  ["crossEntropy", 32_000],
  ["crossEntropyValueAndGrad", 32_700],
] as const;

const [crossEntropyText] = CROSS_ENTROPY_KERNELS as readonly [string];
const [, otherText] = ALL_KERNELS as readonly [string, string];

/** A bundle of a module that uses `name`, from what the package publishes. */
async function bundleOf(name: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: `import { ${name} } from "./build/bundle/index.js"; console.log(${name});`,
      resolveDir: fileURLToPath(new URL("../../", import.meta.url)),
    },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    external: ["#pool-host"],
    write: false,
  });
  return (outputFiles[0] as { text: string }).text;
}

describe("a bundle", () => {
  it.each(MOST_BYTES)("of %s takes at most %i bytes, gzipped", async (name, most) => {
    const text = await bundleOf(name);
    expect(gzipSync(text, { level: 9 }).length).toBeLessThanOrEqual(most);
    expect(text.includes(crossEntropyText)).toBe(true);
    expect(text.includes(otherText)).toBe(false);
  });

  it.each([
    ["crossEntropy", "crossEntropyRows", ["softmaxEntropyRows", "softmaxRows", "elementLoss", "softmaxDivergenceRows"]],
    ["softmax", "softmaxRows", ["crossEntropyRows", "softmaxEntropyRows", "elementLoss", "softmaxDivergenceRows"]],
    ["sigmoidFocalLoss", "elementLoss", ["crossEntropyRows", "softmaxEntropyRows", "softmaxRows", "softmaxDivergenceRows"]],
  ])("of %s has its own routine's calls of kernels and no others'", async (name, own, others) => {
    const text = await bundleOf(name);
    const calls = (kernel: string): boolean => text.includes(`.${kernel}(`);
    expect(calls(own)).toBe(true);
    expect(others.filter(calls)).toEqual([]);
  });
});

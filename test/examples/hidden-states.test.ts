/** A small GPT's hidden states and output projection: scoreHidden's totals are scoreTokens' on the model's own logits. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type LinearWeightTensor, linearCrossEntropy, scoreHidden, scoreTokens, type TokenScores } from "../../src/index.js";
import { halfTypes, wordsOf } from "../support/halves.js";
import { readPassageFile } from "../support/passage-file.js";
import { readTensors } from "../support/tensor-file.js";

const data = fileURLToPath(new URL("../../examples/data/", import.meta.url));
const passage = readPassageFile(`${data}devil.f32.safetensors`);
const states = readTensors(`${data}devil.hidden.safetensors`);
const head = readTensors(`${data}tiny-gpt/head.safetensors`);
const int8 = readTensors(`${data}tiny-gpt/head_int8.safetensors`);

const hidden = states.floats("hidden");
const weight = head.floats("lm_head.weight");
const [classes, width] = weight.dims as readonly [number, number];
const ofLogits = scoreTokens(passage.logits, passage.targets, { tokenBytes: passage.tokenBytes });

function scores(linearWeight: LinearWeightTensor): TokenScores {
  return scoreHidden(hidden, linearWeight, passage.targets, { tokenBytes: passage.tokenBytes });
}

/** |a - b| / |b| */
function off(a: number, b: number): number {
  return Math.abs(a - b) / Math.abs(b);
}

describe("hidden states of tiny-gpt", () => {
  it("score as the model's logits do, in f32", () => {
    const { totals, isGreedy } = scores(weight);
    const names = ["nats", "perplexity", "bitsPerByte", "perplexityStderr"] as const;
    const isClose = (name: (typeof names)[number]): boolean => off(Number(totals[name]), Number(ofLogits.totals[name])) < 1e-6;
    expect(names.filter((name) => !isClose(name))).toEqual([]);
    expect([totals.tokens, totals.bytes, totals.accuracy]).toEqual([246, 696, ofLogits.totals.accuracy]);
    expect(isGreedy).toEqual(ofLogits.isGreedy);
    const loss = linearCrossEntropy(hidden, weight, passage.targets, { reduction: "sum" });
    expect(off(loss, totals.nats)).toBeLessThan(1e-7);
  });

  it.each(halfTypes)("score within the rounding of the weight, in %s", (type) => {
    const { totals } = scores({ data: wordsOf(weight.data, type), dims: weight.dims, type });
    // a logit is off by 2^-12 or 2^-9 of its terms, each to its own side
    expect(off(totals.nats, ofLogits.totals.nats)).toBeLessThan(type === "float16" ? 3e-5 : 2e-4);
    expect(off(totals.nats, ofLogits.totals.nats)).toBeGreaterThan(0);
  });

  it("score within the rounding of the weight, in 8 bits", () => {
    const codes = int8.bytes("lm_head.weight_int8");
    const scales = int8.floats("lm_head.scale");
    const { totals } = scores({ data: new Int8Array(codes), dims: weight.dims, scales });
    expect(off(totals.nats, ofLogits.totals.nats)).toBeLessThan(1e-3);
    // to the rounding of f32: the weight that the codes stand for
    const dequantized = Float32Array.from(
      new Int8Array(codes),
      (code, i) => code * (scales.data[Math.floor(i / width)] as number),
    );
    expect(off(totals.nats, scores({ data: dequantized, dims: [classes, width] }).totals.nats)).toBeLessThan(1e-7);
  });

  it("the example prints these totals", () => {
    const main = fileURLToPath(new URL("../../examples/hidden-states/main.mjs", import.meta.url));
    const printed = JSON.parse(execFileSync(process.execPath, [main, "--json"], { encoding: "utf8" })) as Record<
      string,
      { readonly nats: number }
    >;
    expect(off(printed["f32"]?.nats ?? Number.NaN, ofLogits.totals.nats)).toBeLessThan(1e-6);
    expect(off(printed["int8"]?.nats ?? Number.NaN, ofLogits.totals.nats)).toBeLessThan(1e-3);
  });
});

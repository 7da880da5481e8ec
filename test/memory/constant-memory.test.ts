/** The memory of the plain functions does not grow with their input. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import * as deterministic from "../../src/deterministic.js";
import { deterministicRunner } from "../../src/engine/default.js";
import {
  binaryCrossEntropyWithLogits,
  binaryCrossEntropyWithLogitsValueAndGrad,
  compareLogits,
  createLocalEngine,
  crossEntropy,
  type Functions,
  info,
  jsDivLoss,
  logSumExp,
  logSumExpPartial,
  scoreTokens,
  selectiveLogSoftmax,
  softmax,
} from "../../src/index.js";

const MOST_BYTES = 8 * 1024 * 1024;
/** Rows of 151936 classes: more bytes than the memory may have. */
const ROWS = 16;

describe("WASM memory", () => {
  const large = new Float32Array(ROWS * 151_936);
  const largeTargets = new Int32Array(ROWS);
  const small = new Float32Array(20);

  it("has the same size after a (16, 151936) call and a (2, 10) call: at most 8 MiB", () => {
    crossEntropy(large, largeTargets);
    const afterLarge = info().memoryBytes;
    crossEntropy(small, [0, 1]);
    const afterSmall = info().memoryBytes;
    expect(afterSmall).toBe(afterLarge);
    expect(afterLarge).toBeLessThanOrEqual(MOST_BYTES);
    expect(afterLarge).toBeGreaterThan(0);
  });

  it.each<[string, Functions, () => number]>([
    [
      "the plain functions",
      {
        ...deterministic,
        ...{
          crossEntropy,
          softmax,
          logSumExp,
          scoreTokens,
          selectiveLogSoftmax,
          compareLogits,
          logSumExpPartial,
          binaryCrossEntropyWithLogits,
          jsDivLoss,
        },
      },
      () => info().memoryBytes,
    ],
    ["the deterministic functions", deterministic, () => deterministicRunner().memory.buffer.byteLength],
    ...[createLocalEngine()].map((engine): [string, Functions, () => number] => {
      return ["a local engine", engine, () => engine.memory.buffer.byteLength];
    }),
  ])("does not grow with any call of %s", (_, functions, memoryBytes) => {
    functions.crossEntropy(small, [0, 1]);
    const before = memoryBytes();
    const shape = [ROWS, 151_936];
    const out = large.slice();
    functions.crossEntropy(large, largeTargets, { labelSmoothing: 0.1, softcap: 15, weight: new Float32Array(151_936).fill(1) });
    functions.crossEntropy(large, out.fill(1 / 151_936), { shape });
    functions.softmax(large, { shape, out });
    functions.logSoftmax(large, { shape: [2, 151_936, ROWS / 2], axis: 1, out });
    functions.logSumExp(large, { shape: [151_936, ROWS], axis: 0 });
    functions.selectiveLogSoftmax(large, largeTargets, { shape, softcap: 15 });
    functions.nllLoss(large, largeTargets);
    functions.scoreTokens(large, largeTargets, { topK: 100, softcap: 15 });
    functions.compareLogits(large, out.fill(1), new Int32Array(151_936), { shape: [ROWS, 151_936], axis: 0 });
    functions.logSumExpPartial(large, new Int32Array(151_936), { shape: [ROWS, 151_936], axis: 0 });
    functions.entropy(out.fill(1 / ROWS), { shape: [151_936, ROWS] });
    functions.jsDivergence(out, out, { shape: [151_936, ROWS] });
    functions.binaryCrossEntropyWithLogits(large, out, { posWeight: new Float32Array(ROWS).fill(2), shape: [151_936, ROWS] });
    functions.jsDivLoss(large, out, { shape: [151_936, ROWS] });
    expect(memoryBytes()).toBe(before);
    expect(before).toBeLessThanOrEqual(MOST_BYTES);
  });

  it("is all that a call uses: it allocates nothing of the logits' size", () => {
    crossEntropy(large, largeTargets);
    const scratch = new Float32Array(large.length);
    // garbage of other tests that is collected during the calls would hide what they allocate
    setFlagsFromString("--expose-gc");
    runInNewContext("gc")();
    const before = process.memoryUsage().arrayBuffers;
    crossEntropy(large, largeTargets, { softcap: 30 });
    crossEntropy(large, largeTargets, { reduction: "none", labelSmoothing: 0.1 });
    logSumExp(large, { shape: [ROWS, 151_936] });
    softmax(large, { shape: [ROWS, 151_936], out: large });
    scoreTokens(large, largeTargets, { topK: 10 });
    for (const among of [false, true]) selectiveLogSoftmax(large, [0, 5, 151_935], { shape: [ROWS, 151_936], among });
    compareLogits(large, large.subarray(), largeTargets);
    logSumExpPartial(large, largeTargets);
    binaryCrossEntropyWithLogits(large, large, { weight: new Float32Array(ROWS).fill(2), shape: [151_936, ROWS] });
    binaryCrossEntropyWithLogitsValueAndGrad(large, large.subarray(), { gradOut: scratch });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e6);
    large.fill(0);
  });
});

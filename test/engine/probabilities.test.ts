/** binaryCrossEntropy on an engine: its workers look for elements outside [0, 1], and the error is the plain function's. */
import { afterAll, describe, expect, it } from "vitest";
import * as deterministic from "../../src/deterministic.js";
import type { Engine } from "../../src/index.js";
import { bitsOf, difference } from "../support/calls.js";
import { type Placing, wakefulEngine, watchedHost } from "../support/engines.js";

const LENGTH = 400_000;
const targets = new Float32Array(LENGTH).fill(0.25);

const host = watchedHost();
const engines: Readonly<Record<string, Engine>> = {
  "one worker": await wakefulEngine({ threads: 1, deterministic: true }, host),
  "three workers": await wakefulEngine({ threads: 3, deterministic: true }, host),
  "three workers of a page": await wakefulEngine({ threads: 3, deterministic: true }, watchedHost({ mayCompute: false })),
  "no shared memory": await wakefulEngine({ deterministic: true }, watchedHost({ whyUnshared: () => "the test says so" })),
};
afterAll(() => Promise.all(Object.values(engines).map((engine) => engine.close())));

/** Probabilities but for some elements, where a test wants them. */
function placed(engine: Engine, placing: Placing, bad: readonly (readonly [index: number, value: number])[]): Float32Array {
  let array: Float32Array = new Float32Array(LENGTH);
  if (placing === "shared") array = new Float32Array(new SharedArrayBuffer(4 * LENGTH));
  if (placing === "engine") array = engine.allocate("float32", LENGTH);
  array.fill(0.5);
  for (const [index, value] of bad) array[index] = value;
  return array;
}

function thrown(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}

const CASES: readonly (readonly (readonly [index: number, value: number])[])[] = [
  [[0, Number.NaN]],
  [[LENGTH - 1, -0.5]],
  [
    [399_999, 2],
    [200_000, 1.5],
    [199_999, 3],
  ],
  [
    [8191, 7],
    [8192, 8],
    [8193, 9],
  ],
];

describe.each(Object.entries(engines))("%s", (_, engine) => {
  it("names the first target too, and writes nothing", async () => {
    for (const bad of CASES) {
      const probs = placed(engine, "plain", []);
      const wrong = placed(engine, "plain", bad);
      const expected = thrown(() => deterministic.binaryCrossEntropy(probs, wrong));
      expect(expected).toMatchObject({ message: expect.stringMatching(/^targets\[\d+\]: /) });
      await expect(engine.binaryCrossEntropy(probs, wrong)).rejects.toEqual(expected);
      const gradOut = placed(engine, "plain", []).fill(3);
      await expect(engine.binaryCrossEntropyValueAndGrad(probs, wrong, { gradOut })).rejects.toEqual(expected);
      expect(gradOut.every((value) => value === 3)).toBe(true);
    }
  });

  for (const placing of ["plain", "shared", "engine"] as const) {
    it(`names the first element, ${placing} arrays`, async () => {
      for (const bad of CASES) {
        const probs = placed(engine, placing, bad);
        const expected = thrown(() => deterministic.binaryCrossEntropy(Float32Array.from(probs), targets));
        expect(expected).toBeInstanceOf(RangeError);
        await expect(engine.binaryCrossEntropy(probs, targets)).rejects.toEqual(expected);
        await expect(engine.binaryCrossEntropyValueAndGrad(probs, targets)).rejects.toEqual(expected);
        if (placing === "engine") engine.free(probs);
      }
      expect(engine.info()).toMatchObject({ pending: 0, takenBytes: 0 });
    });

    it(`writes none of the caller's arrays, ${placing} arrays`, async () => {
      const probs = placed(engine, placing, [[300_000, 1.5]]);
      const error = new RangeError("probs[300000]: expected a probability in [0, 1], got 1.5");
      const out = placed(engine, placing, []).fill(3);
      const gradOut = placed(engine, placing, []).fill(3);
      await expect(engine.binaryCrossEntropyValueAndGrad(probs, targets, { gradOut })).rejects.toEqual(error);
      await expect(engine.binaryCrossEntropy(probs, targets, { reduction: "none", out })).rejects.toEqual(error);
      expect(gradOut.every((value) => value === 3)).toBe(true);
      expect(out.every((value) => value === 3)).toBe(true);
      // and they are written when there is no such element
      probs[300_000] = 0.5;
      const expected = deterministic.binaryCrossEntropyValueAndGrad(Float32Array.from(probs), targets);
      const result = await engine.binaryCrossEntropyValueAndGrad(probs, targets, { gradOut });
      expect(result.value).toBe(expected.value);
      expect(difference(gradOut, bitsOf(expected.grad))).toBeUndefined();
      if (placing === "engine") for (const array of [probs, out, gradOut]) engine.free(array);
    });
  }
});

it("an engine whose input is not checked by the caller gives up an aborted check", async () => {
  const engine = engines["three workers"] as Engine;
  const controller = new AbortController();
  const gradOut = new Float32Array(LENGTH).fill(3);
  const { signal } = controller;
  const call = engine.binaryCrossEntropyValueAndGrad(placed(engine, "plain", []), targets, { gradOut, signal });
  controller.abort("no more");
  await expect(call).rejects.toBe("no more");
  expect(gradOut.every((value) => value === 3)).toBe(true);
});

it("the caller does not read what workers read: an element that is put right before they come to it is right", async () => {
  const engine = engines["one worker"] as Engine;
  const probs = placed(engine, "shared", [[7, 2]]);
  const gradOut = new Float32Array(LENGTH);
  // 31 parts, of which each of the three turns below can copy a few: it keeps the worker until the event loop's next turns
  const first = engine.crossEntropy(new Float32Array(16_000_000), new Int32Array(16_000));
  const calls = [engine.binaryCrossEntropy(probs, targets), engine.binaryCrossEntropyValueAndGrad(probs, targets, { gradOut })];
  probs[7] = 0.5;
  await first;
  const right = deterministic.binaryCrossEntropy(Float32Array.from(probs), targets);
  expect(await Promise.all(calls)).toEqual([right, expect.objectContaining({ value: right })]);
});

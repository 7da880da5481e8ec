/** Linear cross-entropy on engines of workers: a local engine's bits, whatever the number of threads. */
import { describe, expect, it } from "vitest";
import { createEngine, createLocalEngine } from "../../src/index.js";
import { Random } from "../losses/random.js";
import { expectSameBits } from "../support/kernel-memory.js";

// enough work to wake workers, a last block of less than 128 rows, and rows that do not count
const [rows, width, classes] = [700, 24, 3001];
const random = new Random(1);
const hidden = random.normals(rows * width);
const weight = random.normals(classes * width, 0.3);
const targets = random.classes(rows, classes);
for (let r = 0; r < rows; r += 9) targets[r] = -100;
const shape = [rows, width];

describe.each([1, 2, 3, 5])("an engine of %i threads", (threads) => {
  it("gives a local engine's bits, with the weight in its memory or in JavaScript's", async () => {
    using local = createLocalEngine();
    await using engine = await createEngine({ threads });
    const inPlace = engine.allocate("float32", weight.length);
    inPlace.set(weight);
    const none = { shape, reduction: "none" } as const;
    const expected = local.linearCrossEntropyValueAndGrad(hidden, weight, targets, { ...none, wants: ["hidden"] });
    const scores = local.scoreHidden(hidden, weight, targets, { shape, topK: 3 });
    for (const linearWeight of [inPlace, weight]) {
      const got = await engine.linearCrossEntropyValueAndGrad(hidden, linearWeight, targets, { ...none, wants: ["hidden"] });
      expectSameBits(got.value, expected.value, "losses");
      expectSameBits(got.grad.hidden, expected.grad.hidden, "hidden gradient");
      expect(await engine.linearCrossEntropy(hidden, linearWeight, targets, { shape })).toBe(
        local.linearCrossEntropy(hidden, weight, targets, { shape }),
      );
      expect(await engine.scoreHidden(hidden, linearWeight, targets, { shape, topK: 3 })).toEqual(scores);
    }
    const all = local.linearCrossEntropyValueAndGrad(hidden, weight, targets, { shape });
    const { grad } = await engine.linearCrossEntropyValueAndGrad(hidden, inPlace, targets, { shape });
    for (const name of ["hidden", "linearWeight", "bias"] as const) expectSameBits(grad[name], all.grad[name], name);
  });
});

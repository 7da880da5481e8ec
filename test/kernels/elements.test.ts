/** elementLoss, which works in blocks and must stay inside its arrays; and its companions rowSum and firstOutside. */
import { describe, expect, it } from "vitest";
import { ELEMENT_SCRATCH_BYTES } from "../../src/memory/constants.js";
import {
  BINARY_CROSS_ENTROPY,
  BINARY_CROSS_ENTROPY_WITH_LOGITS,
  JS_DIV_LOSS,
  KL_DIV_LOSS,
  KL_DIV_LOSS_OF_LOGS,
  SIGMOID_FOCAL_LOSS,
} from "../../src/wasm/generated/kernels.js";
import { expectSameBits, KernelMemory, POISONS, randomFrom, variants } from "../support/kernel-memory.js";

const SIZES = [...Array.from({ length: 20 }, (_, i) => i), 511, 512, 513, 515, 1030];
const kinds = Object.entries({
  binaryCrossEntropy: BINARY_CROSS_ENTROPY,
  binaryCrossEntropyWithLogits: BINARY_CROSS_ENTROPY_WITH_LOGITS,
  klDivLoss: KL_DIV_LOSS,
  klDivLossOfLogs: KL_DIV_LOSS_OF_LOGS,
  sigmoidFocalLoss: SIGMOID_FOCAL_LOSS,
  jsDivLoss: JS_DIV_LOSS,
});

interface Factors {
  readonly weight?: boolean;
  readonly posWeight?: boolean;
  readonly upstream?: boolean;
}

describe.each(variants)("elementLoss, %s build", (variant) => {
  const memory = new KernelMemory(variant, 3 * 65536);

  const inputs = (count: number) => {
    const random = randomFrom(count);
    const draw = (): Float32Array => Float32Array.from({ length: count }, () => 0.01 + 0.98 * random());
    return { x: draw(), y: draw(), weight: draw(), posWeight: draw(), upstream: draw() };
  };

  /** Loss, gradient and target gradient, written to separate arrays or over the inputs. */
  const run = (kind: number, count: number, factors: Factors, inPlace = false, poison: number = POISONS.nan): Float32Array[] => {
    const given = inputs(count);
    memory.clear(poison);
    const x = memory.float32(given.x);
    const y = memory.float32(given.y);
    const place = (name: keyof Factors): number => (factors[name] ? memory.float32(given[name]).byteOffset : 0);
    const [weight, posWeight, upstream] = [place("weight"), place("posWeight"), place("upstream")];
    const loss = memory.float32(new Float32Array(count));
    const grad = inPlace ? x : memory.float32(new Float32Array(count));
    const targetGrad = inPlace ? y : memory.float32(new Float32Array(count));
    const scratch = memory.float32(new Float32Array(ELEMENT_SCRATCH_BYTES / 4));
    // the focal loss and the Jensen-Shannon divergence have no target gradient
    const hasTargetGrad = kind < SIGMOID_FOCAL_LOSS;
    const written = [loss, grad, scratch, ...(hasTargetGrad ? [targetGrad] : [])].map((array) => ({ array, slack: 0 }));
    memory.expectWritesOnly(written, () => {
      memory.kernels.elementLoss(
        kind,
        x.byteOffset,
        y.byteOffset,
        count,
        weight,
        posWeight,
        upstream,
        0.5,
        0.25,
        1.5,
        loss.byteOffset,
        grad.byteOffset,
        hasTargetGrad ? targetGrad.byteOffset : 0,
        0,
        scratch.byteOffset,
      );
    });
    return [loss, grad, hasTargetGrad ? targetGrad : new Float32Array(0)].map((array) => array.slice());
  };

  const runSummed = (kind: number, given: { readonly x: Float32Array; readonly y: Float32Array }) => {
    memory.clear(POISONS.nan);
    const count = given.x.length;
    const [x, y] = [memory.float32(given.x), memory.float32(given.y)];
    const loss = memory.float32(new Float32Array(count));
    const grad = memory.float32(new Float32Array(count));
    const sum = memory.float64(new Float64Array(1));
    const scratch = memory.float32(new Float32Array(ELEMENT_SCRATCH_BYTES / 4)).byteOffset;
    const [lossAt, gradAt, sumAt] = [loss.byteOffset, grad.byteOffset, sum.byteOffset];
    const { kernels } = memory;
    kernels.elementLoss(kind, x.byteOffset, y.byteOffset, count, 0, 0, 0, 0.5, 0.25, 1.5, lossAt, gradAt, 0, sumAt, scratch);
    return { loss: loss.slice(), grad: grad.slice(), sum: sum[0] };
  };

  const expectSame = (actual: readonly Float32Array[], expected: readonly Float32Array[], what: string): void => {
    for (const [i, values] of expected.entries()) expectSameBits(actual[i] as Float32Array, values, `result ${i}, ${what}`);
  };

  it.each(kinds)("%s: writes `count` elements of each result and nothing else, regardless of neighbouring data", (_, kind) => {
    for (const count of SIZES) {
      const expected = run(kind, count, {});
      expect(expected[0]).toHaveLength(count);
      for (const poison of Object.values(POISONS)) {
        expectSame(run(kind, count, {}, false, poison), expected, `${count} elements, poison ${poison}`);
      }
    }
  });

  it.each(kinds)("%s: writes each gradient over its own input", (_, kind) => {
    for (const count of SIZES) {
      const factors = { weight: true, upstream: true, posWeight: kind === BINARY_CROSS_ENTROPY_WITH_LOGITS };
      expectSame(run(kind, count, factors, true), run(kind, count, factors), `${count} elements`);
    }
  });

  it.each(kinds)("%s: the sum of the losses, which changes neither losses nor gradients", (_, kind) => {
    for (const count of SIZES) {
      const apart = run(kind, count, {});
      const { loss, grad, sum } = runSummed(kind, inputs(count));
      expectSame([loss, grad], apart.slice(0, 2), `${count} elements`);
      expect(sum, `${count} elements`).toBe(inLanes(loss));
    }
  });

  it("a target of 0 costs nothing at an infinite log-probability, summed or not", () => {
    const x = Float32Array.from({ length: 520 }, (_, i) => -(i % 7));
    const y = Float32Array.from({ length: 520 }, (_, i) => (i % 5) / 8);
    [x[10], x[515], y[10], y[515]] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 0, 0];
    const { loss, sum } = runSummed(KL_DIV_LOSS, { x, y });
    expect([loss[10], loss[515]]).toEqual([0, 0]);
    expect(sum).toBe(inLanes(loss));
    x[10] = Number.NaN;
    const spoilt = runSummed(KL_DIV_LOSS, { x, y });
    expect([spoilt.loss[10], spoilt.loss[515], spoilt.sum]).toEqual([Number.NaN, 0, Number.NaN]);
  });

  it.each(kinds)("%s: weights scale losses and gradients, upstream gradients only gradients", (_, kind) => {
    for (const count of [5, 515]) {
      const { weight, upstream } = inputs(count);
      const plain = run(kind, count, {});
      const times = (values: Float32Array, factor: Float32Array): Float32Array => values.map((v, i) => v * factor[i]);
      const weighed = plain.map((values) => times(values, weight));
      expectSame(run(kind, count, { weight: true }), weighed, "weight");
      const [loss, ...gradients] = plain as [Float32Array, ...Float32Array[]];
      expectSame(run(kind, count, { upstream: true }), [loss, ...gradients.map((values) => times(values, upstream))], "upstream");
    }
  });
});

describe.each(variants)("rowSum, %s build", (variant) => {
  const memory = new KernelMemory(variant, 3 * 65536);

  const rowSum = (x: Float32Array, rows: number, cols: number, stride: number, poison?: number): Float64Array => {
    memory.clear(poison);
    const from = memory.float32(x);
    const sum = memory.float64(new Float64Array(rows).fill(0.125));
    memory.expectWritesOnly([{ array: sum, slack: 0 }], () => {
      memory.kernels.rowSum(from.byteOffset, rows, cols, stride, sum.byteOffset);
    });
    return sum.slice();
  };

  it("adds four vectors in f32, then continues in f64 from the existing sum; does not read padding", () => {
    for (const cols of [...Array.from({ length: 20 }, (_, i) => i), 31, 32, 33, 64, 1000]) {
      const random = randomFrom(cols);
      const [rows, stride] = [3, cols + 2];
      const x = Float32Array.from({ length: rows * stride }, (_, i) => (i % stride < cols ? random() : Number.NaN));
      const sums = rowSum(x, rows, cols, stride);
      for (let r = 0; r < rows; r++) {
        const row = x.subarray(r * stride, r * stride + cols);
        expect(sums[r], `${cols} columns, row ${r}`).toBe(0.125 + inLanes(row));
        const exact = row.reduce((total, term) => total + term, 0);
        expect(Math.abs(sums[r] - 0.125 - exact)).toBeLessThanOrEqual(2 ** -23 * exact);
      }
      for (const poison of Object.values(POISONS)) expect(rowSum(x, rows, cols, stride, poison)).toEqual(sums);
    }
  });

  it("does not overflow where f32 would; keeps infinities and NaN", () => {
    const large = new Float32Array(40).fill(3e38);
    expect(rowSum(large, 1, 40, 40)[0]).toBeCloseTo(40 * large[0], -24);
    const [infinity, nan] = [large.slice(), large.slice()];
    infinity[7] = Number.POSITIVE_INFINITY;
    nan[38] = Number.NaN;
    expect(rowSum(infinity, 1, 40, 40)[0]).toBe(Number.POSITIVE_INFINITY);
    expect(rowSum(nan, 1, 40, 40)[0]).toBeNaN();
  });
});

/** The kernel's order: sixteen elements to four f32 sums, which are then added lane by lane in f64. */
function inLanes(row: Float32Array): number {
  const lanes = new Float64Array(4);
  const fours = row.length & ~15;
  const add = (lane: number, term: number): void => {
    lanes[lane] = lanes[lane] + term;
  };
  for (let c = 0; c < fours; c += 16) {
    for (let lane = 0; lane < 4; lane++) {
      const [a, b, d, e] = [0, 4, 8, 12].map((i) => row[c + lane + i]) as [number, number, number, number];
      add(lane, Math.fround(Math.fround(a + b) + Math.fround(d + e)));
    }
  }
  for (let c = fours; c < row.length; c++) add((c - fours) % 4, row[c]);
  return lanes[0] + lanes[2] + (lanes[1] + lanes[3]);
}

describe.each(variants)("firstOutside, %s build", (variant) => {
  const memory = new KernelMemory(variant, 2 * 65536);

  const firstOutside = (x: Float32Array, poison?: number): number => {
    memory.clear(poison);
    const from = memory.float32(x);
    let index = 0;
    memory.expectWritesOnly([], () => {
      index = memory.kernels.firstOutside(from.byteOffset, x.length);
    });
    return index;
  };

  it("finds the first number outside [0, 1] at any index, and nothing else", () => {
    const bad = [-1e-45, 1 + 2 ** -23, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, 2];
    for (const length of [0, 1, 3, 15, 16, 17, 32, 50]) {
      const x = Float32Array.from({ length }, (_, i) => [0, 1, 0.5, -0, 1e-45, 1 - 2 ** -24][i % 6]);
      for (const poison of Object.values(POISONS)) expect(firstOutside(x, poison)).toBe(-1);
      for (let place = 0; place < length; place++) {
        const disturbed = x.slice();
        disturbed[place] = bad[place % bad.length];
        expect(firstOutside(disturbed), `${disturbed[place]} at ${place} of ${length}`).toBe(place);
        if (place > 2) disturbed[place - 2] = 7;
        expect(firstOutside(disturbed)).toBe(place > 2 ? place - 2 : place);
      }
    }
  });
});

/** rowDot: the sums of a_c (x_c - m) and of a_c, with a_c = (q_c share + floor) w_c. mergeDots joins the sums of two parts. */
import { describe, expect, it } from "vitest";
import { expectClose } from "../support/expect-close.js";
import { expectSameBits, KernelMemory, normalLogits, POISONS, randomFrom, variants } from "../support/kernel-memory.js";

const SIZES = [...Array.from({ length: 20 }, (_, i) => i), 63, 64, 65, 127, 513, 4097];
const ROWS = 3;
const IGNORED = -100;

interface Call {
  readonly logits: ArrayLike<number>;
  readonly cols: number;
  readonly stride?: number;
  readonly probabilities?: ArrayLike<number>;
  readonly probabilityStride?: number;
  readonly weight?: ArrayLike<number>;
  readonly share?: number;
  readonly floor?: number;
  readonly targets?: readonly number[];
  /** The rows' maximum m. Default 0: the sum is over the logits themselves. */
  readonly max?: number;
  /** Initial content of dot and mass; ignored rows keep it. */
  readonly before?: number;
  readonly poison?: number;
}

interface Sums {
  readonly dot: Float64Array;
  readonly mass: Float64Array;
}

describe.each(variants)("rowDot, %s build", (variant) => {
  const memory = new KernelMemory(variant, 3 * 65536);

  const rowDot = (rows: number, call: Call): Sums => {
    const { cols, stride = cols, probabilityStride = cols, share = 1, floor = 0, before = 0, max = 0 } = call;
    memory.clear(call.poison);
    const logits = memory.float32(call.logits).byteOffset;
    const q = call.probabilities ? memory.float32(call.probabilities).byteOffset : 0;
    const weight = call.weight ? memory.float32(call.weight).byteOffset : 0;
    const targets = call.targets ? memory.int32(call.targets).byteOffset : 0;
    const maxima = memory.float32(new Float32Array(rows).fill(max)).byteOffset;
    const dot = memory.float64(new Float64Array(rows).fill(before));
    const mass = memory.float64(new Float64Array(rows).fill(before));
    const written = [dot, mass].map((array) => ({ array, slack: 0 }));
    memory.expectWritesOnly(written, () => {
      const out = [dot.byteOffset, mass.byteOffset] as const;
      const rest = [share, floor, targets, IGNORED, maxima, ...out] as const;
      memory.kernels.rowDot(logits, rows, cols, stride, q, probabilityStride, weight, ...rest);
    });
    return { dot: dot.slice(), mass: mass.slice() };
  };

  /** The same sums in a plain loop. */
  const expected = (rows: number, call: Call): { dot: number[]; mass: number[]; scale: number } => {
    const { cols, stride = cols, probabilityStride = cols, share = 1, floor = 0 } = call;
    const dot: number[] = [];
    const mass: number[] = [];
    let scale = 1;
    for (let r = 0; r < rows; r++) {
      let [d, m, size] = [0, 0, 0];
      for (let c = 0; c < cols; c++) {
        const q = call.probabilities ? call.probabilities[r * probabilityStride + c] : 0;
        const a = (q * share + floor) * (call.weight ? call.weight[c] : 1);
        const x = call.logits[r * stride + c];
        m += a;
        if (a !== 0) d += a * x;
        size += Math.abs(a * x);
      }
      dot.push(d);
      mass.push(m);
      scale = Math.max(scale, size);
    }
    return { dot, mass, scale };
  };

  describe.each([
    { name: "a floor alone", q: false, w: false, share: 1, floor: 0.01 },
    { name: "probabilities", q: true, w: false, share: 1, floor: 0 },
    { name: "smoothed probabilities", q: true, w: false, share: 0.9, floor: 0.02 },
    { name: "a weighted floor", q: false, w: true, share: 1, floor: 0.01 },
    { name: "weighted probabilities", q: true, w: true, share: 0.7, floor: 0.05 },
  ])("with $name", ({ q, w, share, floor }) => {
    it("equals a plain loop for every size and stride, regardless of padding", () => {
      for (const cols of SIZES) {
        for (const [padding, probabilityPadding] of [
          [0, 0],
          [3, 1],
        ] as const) {
          const random = randomFrom(cols);
          const stride = cols + padding;
          const probabilityStride = cols + probabilityPadding;
          const logits = normalLogits(lengthOf(cols, stride), 3, random);
          const probabilities = Float32Array.from({ length: lengthOf(cols, probabilityStride) }, random);
          const weight = Float32Array.from({ length: cols }, random);
          const call: Call = {
            logits: logits.map((x, i) => (i % stride < cols ? x : Number.NaN)),
            cols,
            stride,
            probabilityStride,
            share,
            floor,
            ...(q ? { probabilities: probabilities.map((p, i) => (i % probabilityStride < cols ? p : Number.NaN)) } : {}),
            ...(w ? { weight } : {}),
          };
          const got = rowDot(ROWS, call);
          const { dot, mass, scale } = expected(ROWS, call);
          // error of the plain f64 sum itself, with this many terms
          const rounding = (cols + 8) * 2 ** -53;
          expectClose(got.dot, dot, { atol: rounding * scale, rtol: 0 }, `dot of ${cols} columns`);
          expectClose(got.mass, mass, { atol: 0, rtol: rounding }, `mass of ${cols} columns`);
          for (const poison of Object.values(POISONS)) {
            const poisoned = rowDot(ROWS, { ...call, poison });
            expectSameBits(poisoned.dot, got.dot, `dot of ${cols} columns`);
            expectSameBits(poisoned.mass, got.mass, `mass of ${cols} columns`);
          }
        }
      }
    });
  });

  it("subtracts the row's maximum exactly", () => {
    const { dot, mass } = rowDot(1, { logits: [1e30, 1e30, 1e30], cols: 3, floor: 1 / 3, max: 1e30 });
    expect([dot[0], mass[0]]).toEqual([0, 1]);
    const near = rowDot(1, { logits: [10000, 9999.5], cols: 2, probabilities: [0.5, 0.5], max: 10000 });
    expect(near.dot[0]).toBe(-0.25);
  });

  it("counts -inf - -inf as 0 before the first finite logit", () => {
    const { dot, mass } = rowDot(1, { logits: [-Infinity, -Infinity], cols: 2, floor: 0.5, max: -Infinity });
    expect([dot[0], mass[0]]).toEqual([0, 1]);
  });

  it("mergeDots moves both parts to the greater maximum, in either order", () => {
    const merge = (a: readonly [m: number, dot: number, mass: number], b: readonly [m: number, dot: number, mass: number]) => {
      memory.clear();
      const max = memory.float32([a[0]]);
      const otherMax = memory.float32([b[0]]);
      const [dot, mass, otherDot, otherMass] = [a[1], a[2], b[1], b[2]].map((value) => memory.float64([value]));
      const addresses = [max, otherMax, dot, mass, otherDot, otherMass].map((array) => (array as Float64Array).byteOffset);
      memory.kernels.mergeDots(1, ...(addresses as [number, number, number, number, number, number]));
      return [(dot as Float64Array)[0], (mass as Float64Array)[0]];
    };
    // sum a (x - m): 2 (x - 5) = -4 and 3 (y - 7) = -3 are 2 (x - 7) + 3 (y - 7) = -8 - 3
    expect(merge([5, -4, 2], [7, -3, 3])).toEqual([-11, 5]);
    expect(merge([7, -3, 3], [5, -4, 2])).toEqual([-11, 5]);
    expect(merge([7, -3, 3], [7, -4, 2])).toEqual([-7, 5]);
    // a part of only -inf is infinite if it has mass, and adds nothing otherwise
    expect(merge([-Infinity, 0, 0.5], [7, -3, 0.5])).toEqual([-Infinity, 1]);
    expect(merge([7, -3, 0.5], [-Infinity, 0, 0])).toEqual([-3, 0.5]);
  });

  it("skips ignored rows", () => {
    const call = { logits: [1, 2, Number.NaN, Number.NaN, 3, 4], cols: 2, floor: 1, targets: [0, IGNORED, 0], before: 5 };
    const { dot, mass } = rowDot(ROWS, call);
    expect(Array.from(dot)).toEqual([3, 5, 7]);
    expect(Array.from(mass)).toEqual([2, 5, 2]);
  });

  it("counts a_c = 0 as 0 even beside -inf, and +-inf or NaN where a_c is not 0", () => {
    const logits = [-Infinity, 1, -Infinity, 1, Infinity, 1, Number.NaN, 1];
    const kept = rowDot(4, { logits, cols: 2, probabilities: [0, 1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5] });
    expect(Array.from(kept.dot)).toEqual([1, -Infinity, Infinity, Number.NaN]);
    expect(Array.from(kept.mass)).toEqual([1, 1, 1, 1]);
    // a weight of 0 differs from a probability of 0: 0 times -inf is NaN, as in PyTorch
    const weighted = rowDot(4, { logits, cols: 2, floor: 0.25, weight: [0, 2] });
    expect(Array.from(weighted.dot)).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
  });

  it("gives NaN for a NaN probability or weight", () => {
    const probability = rowDot(1, { logits: [1, 2, 3], cols: 3, probabilities: [0, Number.NaN, 1] });
    expect([probability.dot[0], probability.mass[0]]).toEqual([Number.NaN, Number.NaN]);
    const weight = rowDot(1, { logits: [1, 2, 3], cols: 3, floor: 1, weight: [1, 1, Number.NaN] });
    expect([weight.dot[0], weight.mass[0]]).toEqual([Number.NaN, Number.NaN]);
  });

  it("reads at most 12 bytes past a row", () => {
    for (const cols of SIZES.slice(1)) {
      memory.clear();
      const logits = memory.float32AtEnd(new Float32Array(cols).fill(1), 12).byteOffset;
      const dot = memory.float64([0]);
      const mass = memory.float64([0]);
      const out = [dot.byteOffset, mass.byteOffset] as const;
      memory.kernels.rowDot(logits, 1, cols, cols, logits, cols, logits, 1, 0, 0, 0, memory.float32([0]).byteOffset, ...out);
      expect([dot[0], mass[0]]).toEqual([cols, cols]);
    }
  });
});

function lengthOf(cols: number, stride: number): number {
  return (ROWS - 1) * stride + cols;
}

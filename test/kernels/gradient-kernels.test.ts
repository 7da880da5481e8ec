/** The kernels that compute gradients from exponentials: their formulas, and that they write only their rows. */
import { describe, expect, it } from "vitest";
import { expectClose } from "../support/expect-close.js";
import { expectSameBits, KernelMemory, randomFrom, variants } from "../support/kernel-memory.js";

const IGNORED = -100;
const NEAR = { atol: 1e-7, rtol: 1e-6 };
const FEW = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 16, 17, 64, 127, 128];
const MANY = [1, 3, 4, 15, 16, 17, 511, 512, 513, 1030, 2000];
/** Numbers of rows whose last group of four has four, one or three rows. */
const ROWS = [1, 3, 4, 5, 8];

function uniform(length: number, seed: number): Float32Array {
  const random = randomFrom(seed);
  return Float32Array.from({ length }, random);
}

describe.each(variants)("gradient kernels, %s build", (variant) => {
  const memory = new KernelMemory(variant, 8 * 65536);
  const { kernels } = memory;

  /** Columns of the factor and of the target's coefficients; the second row is ignored. */
  const columns = (rows: number, cols: number, seed: number) => {
    const room = rows + 4; // columns are read in groups of four
    const classes = Array.from({ length: room }, (_, r) => (r === 1 ? IGNORED : (r * 7 + cols) % cols));
    return {
      targets: memory.int32(classes),
      factor: memory.float32(uniform(room, seed + 1)),
      targetFactor: memory.float32(uniform(room, seed + 2)),
      targetAdd: memory.float32(uniform(room, seed + 3)),
    };
  };

  it("gradientFewRows: e factor, at the target e targetFactor + targetAdd, zeros in ignored rows", () => {
    for (const cols of FEW) {
      for (const rows of ROWS) {
        memory.clear();
        const groups = memory.float32(uniform(Math.ceil(rows / 4) * 4 * cols, cols));
        const exps = (r: number, c: number): number => groups[(r - (r % 4)) * cols + 4 * c + (r % 4)];
        if (rows > 1) for (let c = 0; c < cols; c++) groups[4 * c + 1] = Number.NaN;
        const { targets, factor, targetFactor, targetAdd } = columns(rows, cols, rows);
        const outStride = cols + 3;
        const out = memory.float32(new Float32Array((rows - 1) * outStride + cols).fill(-7));
        memory.expectWritesOnly([{ array: out, slack: 0 }], () => {
          const at = [targets.byteOffset, IGNORED, factor.byteOffset, targetFactor.byteOffset, targetAdd.byteOffset] as const;
          kernels.gradientFewRows(groups.byteOffset, rows, cols, ...at, out.byteOffset, outStride);
        });
        const expected = out.map((_, i) => {
          const [r, c] = [Math.floor(i / outStride), i % outStride];
          if (c >= cols) return -7;
          if (targets[r] === IGNORED) return 0;
          const e = exps(r, c);
          const isTarget = targets[r] === c;
          return isTarget ? e * targetFactor[r] + targetAdd[r] : e * factor[r];
        });
        expectClose(out, expected, NEAR, `${rows} x ${cols}`);
      }
    }
  });

  it("ungroupRows: converts groups of four rows to plain rows", () => {
    for (const cols of FEW) {
      for (const rows of ROWS) {
        memory.clear();
        const groups = memory.float32(uniform(Math.ceil(rows / 4) * 4 * cols, cols));
        const out = memory.float32(new Float32Array((rows - 1) * (cols + 1) + cols).fill(-7));
        memory.expectWritesOnly([{ array: out, slack: 0 }], () => {
          kernels.ungroupRows(groups.byteOffset, rows, cols, out.byteOffset, cols + 1);
        });
        const expected = out.map((_, i) => {
          const [r, c] = [Math.floor(i / (cols + 1)), i % (cols + 1)];
          return c >= cols ? -7 : groups[(r - (r % 4)) * cols + 4 * c + (r % 4)];
        });
        expectSameBits(out, expected, `${rows} x ${cols}`);
      }
    }
  });

  /** Rows of exponentials with one reference per block; every second reference is 1 below the row's maximum of 2. */
  const longRows = (rows: number, cols: number, stride: number) => {
    const refStride = Math.ceil(cols / 512) + 1;
    return {
      exps: memory.float32(uniform((rows - 1) * stride + cols + 3, cols)),
      refs: memory.float32(Float32Array.from({ length: rows * refStride }, (_, i) => 2 - ((i % refStride) % 2))),
      refStride,
      max: memory.float32(new Float32Array(rows).fill(2)),
      /** exp((ref - m) / T) of class c's block. */
      moved: (c: number, temperature: number): number => Math.exp(-(Math.floor(c / 512) % 2) / temperature),
    };
  };

  it.each([0, 5])("gradientRows: rescales blocks to the row's maximum, classes from %i on, also in place", (firstClass) => {
    for (const cols of MANY) {
      for (const inPlace of [false, true]) {
        memory.clear();
        const [rows, temperature] = [3, 0.7];
        const stride = cols + 2;
        const { exps, refs, refStride, max, moved } = longRows(rows, cols, stride);
        const e = exps.slice();
        const { targets, factor, targetFactor, targetAdd } = columns(rows, cols, cols);
        // the last row's target is its maximum: targetAdd alone is the gradient
        targetFactor[2] = 0;
        const out = inPlace
          ? exps.subarray(0, exps.length - 3)
          : memory.float32(new Float32Array((rows - 1) * stride + cols).fill(-7));
        memory.expectWritesOnly([{ array: out, slack: 0 }], () => {
          const row = [exps.byteOffset, rows, cols, stride, refs.byteOffset, refStride, temperature, max.byteOffset] as const;
          const at = [factor.byteOffset, targetFactor.byteOffset, targetAdd.byteOffset, targets.byteOffset, IGNORED] as const;
          kernels.gradientRows(...row, ...at, firstClass, out.byteOffset, stride);
        });
        const expected = out.map((_, i) => {
          const [r, c] = [Math.floor(i / stride), i % stride];
          if (c >= cols) return inPlace ? e[i] : -7;
          if (r === 1) return 0;
          const scaled = e[i] * factor[r] * moved(c, temperature);
          if (targets[r] !== c + firstClass) return scaled;
          return (r === 2 ? 0 : scaled) + targetAdd[r];
        });
        expectClose(out, expected, NEAR, `${cols} columns${inPlace ? " in place" : ""}`);
      }
    }
  });

  it("gradientShareRows: subtracts a_c share; (whole - a share) - lost where the exponential is the maximum's", () => {
    for (const cols of MANY) {
      memory.clear();
      const [rows, shareOfQ, floor] = [2, 0.75, 0.125];
      const { exps, refs, refStride, max, moved } = longRows(rows, cols, cols);
      exps[0] = 1;
      const q = memory.float32(uniform(rows * cols + 3, 1));
      const weight = memory.float32(uniform(cols + 3, 2));
      const [factor, share, whole, lost] = [3, 4, 5, 6].map((seed) => memory.float32(uniform(rows, seed))) as [
        Float32Array,
        Float32Array,
        Float32Array,
        Float32Array,
      ];
      const out = memory.float32(new Float32Array(rows * cols).fill(-7));
      memory.expectWritesOnly([{ array: out, slack: 0 }], () => {
        const row = [exps.byteOffset, rows, cols, cols, refs.byteOffset, refStride, 1, max.byteOffset] as const;
        const scales = [share.byteOffset, whole.byteOffset, lost.byteOffset] as const;
        const shares = [q.byteOffset, cols, weight.byteOffset, shareOfQ, floor] as const;
        kernels.gradientShareRows(...row, factor.byteOffset, 0, 0, 0, 0, 0, ...scales, ...shares, out.byteOffset, cols);
      });
      const expected = out.map((_, i) => {
        const [r, c] = [Math.floor(i / cols), i % cols];
        const taken = (q[i] * shareOfQ + floor) * weight[c] * share[r];
        if (i === 0) return whole[0] - taken - lost[0];
        return exps[i] * factor[r] * moved(c, 1) - taken;
      });
      expectClose(out, expected, NEAR, `${cols} columns`);
    }
  });

  it("softcapSlope: 1 - (x / cap)^2 of kept rows; probabilityGradientRows: share scale w (logSum - (x - m) / T)", () => {
    for (const cols of MANY) {
      memory.clear();
      const rows = 3;
      const x = memory.float32(uniform(rows * cols + 3, cols));
      const targets = memory.int32([0, IGNORED, 0]);
      const grad = memory.float32(uniform((rows - 1) * (cols + 1) + cols, 1));
      const before = grad.slice();
      memory.expectWritesOnly([{ array: grad, slack: 0 }], () => {
        const input = [x.byteOffset, rows, cols, cols, 2, targets.byteOffset, IGNORED] as const;
        kernels.softcapSlope(...input, grad.byteOffset, cols + 1);
      });
      const sloped = before.map((value, i) => {
        const [r, c] = [Math.floor(i / (cols + 1)), i % (cols + 1)];
        return c === cols || r === 1 ? value : value * (1 - (x[r * cols + c] / 2) ** 2);
      });
      expectClose(grad, sloped, NEAR, `slope, ${cols} columns`);

      const max = memory.float32([1, 2, 3]);
      const share = memory.float32([0.5, 1, 2]);
      const logSum = memory.float64([0.1, 0.2, 0.3]);
      const weight = memory.float32(uniform(cols + 3, 2));
      const out = memory.float32(new Float32Array(rows * cols).fill(-7));
      memory.expectWritesOnly([{ array: out, slack: 0 }], () => {
        const input = [x.byteOffset, rows, cols, cols, 0.5, max.byteOffset, logSum.byteOffset, share.byteOffset, 3] as const;
        kernels.probabilityGradientRows(...input, weight.byteOffset, out.byteOffset, cols);
      });
      const costs = out.map((_, i) => {
        const [r, c] = [Math.floor(i / cols), i % cols];
        const cost = logSum[r] - (x[i] - max[r]) / 0.5;
        return share[r] * 3 * weight[c] * cost;
      });
      expectClose(out, costs, NEAR, `probabilities, ${cols} columns`);
    }
  });

  it("gradientScales: the same columns with and without options, cancelling parts kept separate", () => {
    for (const rows of [1, 2, 3, 4, 7]) {
      memory.clear();
      const room = rows + 4;
      const max = memory.float32(new Float32Array(room).fill(20));
      const rest = memory.float64(Float64Array.from({ length: room }, (_, r) => 4.12e-9 * (r + 1)));
      // the target is the maximum in every second row
      const target = memory.float32(Float32Array.from({ length: room }, (_, r) => (r % 2 ? 20 : 3)));
      const targets = memory.int32(new Int32Array(room));
      const [factor, share, targetFactor, targetAdd, whole, lost] = Array.from({ length: 6 }, () =>
        memory.float32(new Float32Array(room)),
      ) as [Float32Array, Float32Array, Float32Array, Float32Array, Float32Array, Float32Array];
      const ones = memory.float64(new Float64Array(room).fill(1));
      const run = (upstream: number, wholeAt: number): Float32Array[] => {
        const input = [rows, 0.25, 0, 1, 1, max.byteOffset, rest.byteOffset, 0, target.byteOffset, 0, 0] as const;
        const output = [factor.byteOffset, share.byteOffset, targetFactor.byteOffset, targetAdd.byteOffset] as const;
        kernels.gradientScales(...input, upstream, targets.byteOffset, IGNORED, ...output, wholeAt, lost.byteOffset);
        return [factor, targetFactor, targetAdd].map((column) => column.slice(0, rows));
      };
      const general = run(ones.byteOffset, whole.byteOffset);
      const plain = run(0, 0);
      for (const [i, column] of plain.entries()) expectClose(column, general[i] as Float32Array, { atol: 0, rtol: 2e-7 }, `${i}`);
      for (let r = 0; r < rows; r++) {
        const R = rest[r];
        const add = r % 2 ? (-0.25 * R) / (1 + R) : -0.25;
        expect(Math.abs((plain[2]?.[r] as number) / add - 1)).toBeLessThan(2e-7);
        expect(plain[1]?.[r]).toBe(r % 2 ? 0 : plain[0]?.[r]);
      }
    }
  });
});

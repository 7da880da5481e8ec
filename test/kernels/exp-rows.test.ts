/** expRows: like logSumExpRows, and also writes the exponentials, for gradients. */
import { describe, expect, it } from "vitest";
import { BLOCK, FEW_CLASSES, MIDDLE_CLASSES } from "../../src/memory/constants.js";
import { expectClose } from "../support/expect-close.js";
import { expectSameBits, KernelMemory, normalLogits, POISONS, randomFrom, variants } from "../support/kernel-memory.js";

const SIZES = [...Array.from({ length: 20 }, (_, i) => i + 1), 63, 64, 65, 127, 128, 129, 513, 1030, 4096, 4097, 5000];
const IGNORED = -100;
/** 45.2 ulp of the exp at any temperature, because the bound depends only on the argument's size. */
const TOLERANCE = { atol: 1e-38, rtol: 46 * 2 ** -23 };

interface Options {
  readonly stride?: number;
  readonly outStride?: number;
  readonly temperature?: number;
  readonly targets?: readonly number[];
  readonly poison?: number;
}

interface Result {
  readonly max: Float32Array;
  readonly rest: Float64Array;
  readonly out: Float32Array;
  readonly refs: Float32Array;
}

describe.each(variants)("expRows, %s build", (variant) => {
  const memory = new KernelMemory(variant, 12 * 65536);

  const expRows = (values: Float32Array, rows: number, cols: number, options: Options = {}): Result => {
    const { stride = cols, outStride = cols, temperature = 1, targets, poison } = options;
    memory.clear(poison);
    const logits = memory.float32(values);
    const classes = targets ? memory.int32(targets).byteOffset : 0;
    const max = memory.float32(new Float32Array(rows).fill(-7));
    const rest = memory.float64(new Float64Array(rows).fill(-7));
    const refStride = blocksOf(cols) + 1;
    const refs = memory.float32(new Float32Array(rows * refStride).fill(-7));
    const length = isFew(cols) ? Math.ceil(rows / 4) * 4 * cols : Math.max(0, (rows - 1) * outStride + cols);
    const out = memory.float32(new Float32Array(length).fill(-7));
    const scratch = memory.expScratch();
    const written = [
      { array: max, slack: 12 },
      { array: rest, slack: 24 },
      { array: refs, slack: 0 },
      { array: out, slack: 0 },
      { array: scratch, slack: 0 },
    ];
    memory.expectWritesOnly(written, () => {
      const input = [logits.byteOffset, rows, cols, stride, classes, IGNORED, temperature] as const;
      const output = [out.byteOffset, outStride, refs.byteOffset, refStride] as const;
      memory.kernels.expRows(...input, max.byteOffset, rest.byteOffset, ...output, scratch.byteOffset);
    });
    const rowsOut = isFew(cols) ? ungrouped(out, rows, cols, outStride) : out.slice();
    return { max: max.slice(), rest: rest.slice(), out: rowsOut, refs: refs.slice() };
  };

  const statistics = (values: Float32Array, rows: number, cols: number, options: Options = {}): Omit<Result, "out" | "refs"> => {
    const { stride = cols, temperature = 1 } = options;
    memory.clear();
    const logits = memory.float32(values);
    const max = memory.float32(new Float32Array(rows));
    const rest = memory.float64(new Float64Array(rows));
    const at = [max.byteOffset, rest.byteOffset, memory.expScratch().byteOffset] as const;
    memory.kernels.logSumExpRows(logits.byteOffset, rows, cols, stride, 0, 0, temperature, ...at);
    return { max: max.slice(), rest: rest.slice() };
  };

  it("writes every exponential relative to its block's reference, and m and R with the bits of logSumExpRows", () => {
    for (const cols of SIZES) {
      for (const [rows, padding, outPadding, temperature] of [
        [1, 0, 0, 1],
        [5, 3, 0, 1],
        [6, 0, 1, 0.7],
      ] as const) {
        const [stride, outStride] = [cols + padding, cols + outPadding];
        const values = normalLogits((rows - 1) * stride + cols, 8, randomFrom(cols));
        const options = { stride, outStride, temperature };
        const got = expRows(values, rows, cols, options);
        const what = `${rows} x ${cols}`;
        expectSame(got, statistics(values, rows, cols, options), what);
        const refStride = blocksOf(cols) + 1;
        const expected = got.out.map((_, i) => {
          const [r, c] = [Math.floor(i / outStride), i % outStride];
          if (c >= cols) return -7;
          const ref = isFew(cols) ? got.max[r] : got.refs[r * refStride + Math.floor(c / BLOCK)];
          // the kernel rounds the difference to f32
          return Math.exp(Math.fround(values[r * stride + c] - (ref as number)) / temperature);
        });
        expectClose(got.out, expected, TOLERANCE, what);
        for (let r = 0; r < rows; r++) {
          const row = values.subarray(r * stride, r * stride + cols);
          const refs = Array.from(got.refs.subarray(r * refStride, (r + 1) * refStride));
          expect(refs, what).toEqual([...referencesOf(row), -7]);
        }
      }
    }
  });

  it("gives the same results regardless of neighbouring data", () => {
    for (const cols of SIZES) {
      const values = normalLogits(3 * cols, 3, randomFrom(cols));
      const apart = expRows(values, 3, cols);
      for (const poison of Object.values(POISONS)) {
        const poisoned = expRows(values, 3, cols, { poison });
        expectSameBits(poisoned.out, apart.out, `${cols} columns`);
        expectSame(poisoned, apart, `${cols} columns`);
      }
    }
  });

  it("writes 0 for -inf, also in blocks of only -inf before the first finite logit", () => {
    for (const cols of [3, 70, 130, 600, 1500, 4097, 5000]) {
      const values = new Float32Array(cols).fill(Number.NEGATIVE_INFINITY);
      values[cols - 1] = 2;
      const { out, refs } = expRows(values, 1, cols);
      expect(out.findIndex((value) => value !== 0)).toBe(cols - 1);
      expect(out[cols - 1]).toBe(1);
      expect(Array.from(refs)).toEqual([...referencesOf(values), -7]);
    }
  });

  it("writes 0 for a row of only -inf, which may be a segment of a longer row", () => {
    for (const cols of [1, 3, 70, 128, 130, 600, 4097, 5000]) {
      const values = new Float32Array(3 * cols).fill(Number.NEGATIVE_INFINITY).fill(1, cols, 2 * cols);
      const { out } = expRows(values, 3, cols);
      expectSameBits(out, new Float32Array(3 * cols).fill(1, cols, 2 * cols), `${cols} columns`);
    }
  });

  it("gives m and R of logSumExpRows also for rows with infinities and NaN", () => {
    for (const cols of SIZES) {
      for (const fill of [-Infinity, Infinity, Number.NaN]) {
        for (const first of [0, fill]) {
          const values = new Float32Array(4 * cols).fill(fill).fill(first, 0, cols - 1);
          expectSame(expRows(values, 4, cols), statistics(values, 4, cols), `${cols} columns of ${first} and ${fill}`);
        }
      }
    }
  });

  it("does not touch ignored rows of many classes", () => {
    const cols = 600;
    const values = normalLogits(3 * cols, 3, randomFrom(1));
    values.fill(Number.NaN, cols, 2 * cols);
    const { out, rest, refs } = expRows(values, 3, cols, { targets: [0, IGNORED, 0] });
    expect(out.subarray(cols, 2 * cols).every((value) => value === -7)).toBe(true);
    expect(rest[1]).toBe(-7);
    expect(Array.from(refs.subarray(3, 6))).toEqual([-7, -7, -7]);
    expect(out.subarray(0, cols).every((value) => value >= 0 && value <= 1)).toBe(true);
  });
});

function isFew(cols: number): boolean {
  return cols <= FEW_CLASSES;
}

/** Converts groups of four rows, stored class by class, to plain rows; padding between rows stays -7. */
function ungrouped(out: Float32Array, rows: number, cols: number, outStride: number): Float32Array {
  const result = new Float32Array((rows - 1) * outStride + cols).fill(-7);
  for (let r = 0; r < rows; r++) {
    const group = (r - (r % 4)) * cols;
    for (let c = 0; c < cols; c++) result[r * outStride + c] = out[group + 4 * c + (r % 4)];
  }
  return result;
}

/** Number of references per row: none for few classes, else one per block. */
function blocksOf(cols: number): number {
  return isFew(cols) ? 0 : Math.ceil(cols / BLOCK);
}

/** The reference of each block of a row. */
function referencesOf(row: Float32Array): number[] {
  const blocks = blocksOf(row.length);
  return Array.from({ length: blocks }, (_, block) => {
    const seen = row.length <= MIDDLE_CLASSES ? row.length : (block + 1) * BLOCK;
    return row.subarray(0, seen).reduce((max, x) => Math.max(max, x), Number.NEGATIVE_INFINITY);
  });
}

function expectSame(got: Omit<Result, "out" | "refs">, expected: Omit<Result, "out" | "refs">, what: string): void {
  expectSameBits(got.max, expected.max, what);
  expectSameBits(got.rest, expected.rest, what);
}

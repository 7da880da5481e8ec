/** logSumExpDoubleRows: m and R with exponentials in f64. */
import { describe, expect, it } from "vitest";
import { KernelMemory, normalLogits, POISONS, randomFrom, variants } from "../support/kernel-memory.js";

const { NaN: NOT_A_NUMBER, POSITIVE_INFINITY: INFINITE, NEGATIVE_INFINITY: MASKED } = Number;
const SIZES = [...Array.from({ length: 36 }, (_, i) => i + 1), 127, 128, 129, 511, 512, 513, 1030, 4096, 4097];
const IGNORED = -100;

interface Options {
  readonly stride?: number;
  readonly temperature?: number;
  readonly targets?: readonly number[];
  readonly poison?: number;
}

/** R by its definition, with compensated additions (Kahan), so that only the kernel's rounding shows. */
function exactRest(x: Float32Array, temperature: number): number {
  const max = Math.max(...x);
  const atMax = x.indexOf(max);
  let sum = 0;
  let lost = 0;
  for (const [c, value] of x.entries()) {
    if (c === atMax) continue;
    const term = Math.exp((value - max) / temperature) - lost;
    const next = sum + term;
    lost = next - sum - term;
    sum = next;
  }
  return sum;
}

describe.each(variants)("logSumExpDoubleRows, %s build", (variant) => {
  const small = new KernelMemory(variant, 65536);
  const big = new KernelMemory(variant, 4 * 65536);

  const statistics = (values: Float32Array, rows: number, cols: number, options: Options = {}) => {
    const { stride = cols, temperature = 1, targets, poison } = options;
    // most of the time goes into filling and comparing the memory around the arrays
    const memory = values.length < 10_000 ? small : big;
    memory.clear(poison);
    const logits = memory.float32(values).byteOffset;
    const classes = targets ? memory.int32(targets).byteOffset : 0;
    const max = memory.float32(new Float32Array(rows).fill(-7));
    const rest = memory.float64(new Float64Array(rows).fill(-7));
    const written = [
      { array: max, slack: 0 },
      { array: rest, slack: 0 },
    ];
    memory.expectWritesOnly(written, () => {
      const input = [logits, rows, cols, stride, classes, IGNORED, temperature] as const;
      memory.kernels.logSumExpDoubleRows(...input, max.byteOffset, rest.byteOffset);
    });
    return { max: Array.from(max), rest: Array.from(rest) };
  };

  const expectRelative = (actual: number | undefined, expected: number, allowed: number, what: string): void => {
    const message = `${what}: got ${actual}, expected ${expected}, allowed ${allowed * expected}`;
    if (!(Math.abs((actual as number) - expected) <= allowed * expected)) expect.fail(message);
  };

  it("exact m, and R to a relative 1e-14: every size, stride and temperature, regardless of neighbouring data", () => {
    for (const cols of SIZES) {
      for (const [rows, padding, temperature, poison] of [
        [1, 0, 1, POISONS.nan],
        [5, 3, 1, POISONS.infinity],
        [6, 1, 0.7, POISONS.huge],
        [3, 0, 3, POISONS.zero],
      ] as const) {
        const stride = cols + padding;
        const values = normalLogits((rows - 1) * stride + cols, 5, randomFrom(cols));
        const { max, rest } = statistics(values, rows, cols, { stride, temperature, poison });
        for (let r = 0; r < rows; r++) {
          const x = values.subarray(r * stride, r * stride + cols);
          expect(max[r]).toBe(Math.max(...x));
          expectRelative(rest[r], exactRest(x, temperature), 1e-14, `row ${r} of ${rows} x ${cols}, T = ${temperature}`);
        }
      }
    }
  });

  it("the exponential: relative error at most 6e-16 + 2.4e-16 |x|, down to the end of f64's range", () => {
    const random = randomFrom(3);
    for (let x = 0; x > -708; x -= x > -2 ? 1e-3 : random()) {
      const low = Math.fround(x);
      for (const values of [Float32Array.of(0, low), Float32Array.of(MASKED, 0, MASKED, MASKED, MASKED, low, MASKED)]) {
        const { rest } = statistics(values, 1, values.length);
        expectRelative(rest[0], low === 0 ? 1 : Math.exp(low), 6e-16 + 2.4e-16 * Math.abs(low), `exp(${low})`);
      }
    }
    for (const x of [-710, -1e4, -3e38, MASKED]) expect(statistics(Float32Array.of(x, 0), 1, 2).rest).toEqual([0]);
  });

  it("counts equal maxima, in one block or in many", () => {
    for (const cols of SIZES) {
      const values = new Float32Array(cols).fill(-1.5);
      expect(statistics(values, 1, cols)).toEqual({ max: [-1.5], rest: [cols - 1] });
      values.fill(-400);
      values[cols - 1] = values[cols >> 1] = 400;
      expect(statistics(values, 1, cols)).toEqual({ max: [400], rest: [cols - 1 === cols >> 1 ? 0 : 1] });
    }
  });

  it("the order of a row's classes, and a shift of all of them, change R by rounding only", () => {
    const random = randomFrom(4);
    for (const cols of [100, 4000]) {
      const values = Float32Array.from({ length: cols }, () => Math.round(random() * 1024) / 128);
      const [R] = statistics(values, 1, cols).rest as [number];
      const shifted = values.map((value) => value + 4096).reverse();
      expectRelative(statistics(shifted, 1, cols).rest[0], R, 3e-15, `${cols} classes`);
    }
  });

  it("only -inf, or a +inf anywhere, give R = 0; a NaN anywhere gives NaN", () => {
    for (const cols of [1, 2, 5, 8, 9, 31, 600]) {
      expect(statistics(new Float32Array(cols).fill(MASKED), 1, cols)).toEqual({ max: [MASKED], rest: [0] });
      const places = cols < 40 ? Array.from({ length: cols }, (_, c) => c) : [0, 511, 512, 599];
      for (const place of places) {
        const row = normalLogits(cols, 1, randomFrom(place));
        row[place] = INFINITE;
        expect(statistics(row, 1, cols)).toEqual({ max: [INFINITE], rest: [0] });
        for (const others of [row.fill(0), row.fill(MASKED), row.fill(INFINITE)]) {
          others[place] = NOT_A_NUMBER;
          expect(statistics(others, 1, cols).rest).toEqual([NOT_A_NUMBER]);
        }
      }
    }
  });

  it("does not touch ignored rows", () => {
    const values = normalLogits(4 * 9, 1, randomFrom(1)).fill(NOT_A_NUMBER, 9, 27);
    const { max, rest } = statistics(values, 4, 9, { targets: [0, IGNORED, IGNORED, 3] });
    expect([max[1], rest[1], max[2], rest[2]]).toEqual([-7, -7, -7, -7]);
    expect(rest[3]).toBeGreaterThan(0);
  });

  it("reads at most 12 bytes past the last row", () => {
    for (const cols of [1, 2, 3, 4, 5, 6, 7, 9, 17, 131]) {
      small.clear();
      const [max, rest] = [small.float32([0]), small.float64([0])];
      const logits = small.float32AtEnd(new Float32Array(cols).fill(3), 12).byteOffset;
      small.kernels.logSumExpDoubleRows(logits, 1, cols, cols, 0, 0, 1, max.byteOffset, rest.byteOffset);
      expect([max[0], rest[0]]).toEqual([3, cols - 1]);
    }
  });
});

/**
 * softmaxEntropyRows and softmaxEntropyFinish: the entropy of a row's softmax from the exponentials of expRows, also over several
 * segments.
 */
import { describe, expect, it } from "vitest";
import { FEW_CLASSES } from "../../src/memory/constants.js";
import { entropy, softmax } from "../../src/reference/index.js";
import { KernelMemory, normalLogits, POISONS, randomFrom, variants } from "../support/kernel-memory.js";

const { NaN: NOT_A_NUMBER, POSITIVE_INFINITY: INFINITE, NEGATIVE_INFINITY: MASKED } = Number;
const SIZES = [...Array.from({ length: 36 }, (_, i) => i + 1), 63, 64, 65, 127, 129, 512, 1000, 4099];
const IGNORED = -100;
/** Error of the result before it is rounded to f32, from the exponentials. */
const BOUND = 4e-7;

interface Options {
  readonly stride?: number;
  readonly temperature?: number;
  readonly targets?: readonly number[];
  readonly poison?: number;
  readonly cuts?: readonly number[];
}

interface Loaded {
  readonly address: number;
  readonly rows: number;
  readonly cols: number;
  readonly stride: number;
  readonly targets: number;
  readonly temperature: number;
}

interface Sums {
  readonly max: Float32Array;
  readonly rest: Float64Array;
  readonly sum: Float64Array;
  readonly dot: Float64Array;
}

interface Exponentials {
  readonly address: number;
  readonly refs: number;
  readonly refStride: number;
}

describe.each(variants)("softmaxEntropyRows, %s build", (variant) => {
  const memory = new KernelMemory(variant, 8 * 65536);

  const sumsOf = (rows: number): Sums => ({
    max: memory.float32(new Float32Array(rows + 3)),
    rest: memory.float64(new Float64Array(rows + 3)),
    sum: memory.float64(new Float64Array(rows).fill(-7)),
    dot: memory.float64(new Float64Array(rows).fill(-7)),
  });

  /** The exponentials of the rows as plain rows; maxima and rests go to `max` and `rest`. */
  const exponentialsOf = ({ address, rows, cols, stride, targets, temperature }: Loaded, { max, rest }: Sums): Exponentials => {
    const { kernels } = memory;
    const refStride = Math.ceil(cols / 512);
    const refs = memory.float32(new Float32Array(rows * refStride)).byteOffset;
    const exps = memory.float32(new Float32Array((rows + 3) * cols)).byteOffset;
    const scratch = memory.expScratch().byteOffset;
    const [maxAt, restAt] = [max.byteOffset, rest.byteOffset];
    const output = [exps, cols, refs, refStride, scratch] as const;
    kernels.expRows(address, rows, cols, stride, targets, IGNORED, temperature, maxAt, restAt, ...output);
    if (cols > FEW_CLASSES) return { address: exps, refs, refStride };
    const ungrouped = memory.float32(new Float32Array(rows * cols)).byteOffset;
    kernels.ungroupRows(exps, rows, cols, ungrouped, cols);
    return { address: ungrouped, refs: maxAt, refStride: 1 };
  };

  /** `earlierMax` is 0 for the first segment. */
  const addEntropies = (
    loaded: Loaded,
    exps: Exponentials,
    { max, rest }: Pick<Sums, "max" | "rest">,
    earlierMax: number,
    to: Sums,
  ) => {
    const { address, rows, cols, stride, targets, temperature } = loaded;
    const of = [address, rows, cols, stride, exps.address, cols, exps.refs, exps.refStride, targets, IGNORED] as const;
    const sums = [earlierMax, to.sum.byteOffset, to.dot.byteOffset] as const;
    memory.kernels.softmaxEntropyRows(...of, temperature, max.byteOffset, rest.byteOffset, ...sums);
  };

  const entropiesOf = (values: Float32Array, rows: number, cols: number, options: Options = {}): number[] => {
    const { stride = cols, temperature = 1, targets, poison, cuts = [] } = options;
    memory.clear(poison);
    const logits = memory.float32(values);
    const classes = targets ? memory.int32(targets).byteOffset : 0;
    const sums = sumsOf(rows);
    const next = sumsOf(rows);
    const out = memory.float64(new Float64Array(rows));
    const starts = [0, ...cuts];
    for (const [i, first] of starts.entries()) {
      const count = (starts[i + 1] ?? cols) - first;
      if (count === 0) continue;
      const own = i === 0 ? sums : next;
      const loaded = { address: logits.byteOffset + 4 * first, rows, cols: count, stride, targets: classes, temperature };
      const exps = exponentialsOf(loaded, own);
      const written = [
        { array: sums.sum, slack: 0 },
        { array: sums.dot, slack: 0 },
      ];
      const earlierMax = i === 0 ? 0 : sums.max.byteOffset;
      memory.expectWritesOnly(written, () => addEntropies(loaded, exps, own, earlierMax, sums));
      if (i > 0) for (let r = 0; r < rows; r++) sums.max[r] = Math.max(sums.max[r], next.max[r]);
    }
    memory.expectWritesOnly([{ array: out, slack: 24 }], () => {
      const { max, sum, dot } = sums;
      memory.kernels.softmaxEntropyFinish(rows, temperature, max.byteOffset, sum.byteOffset, dot.byteOffset, out.byteOffset);
    });
    return Array.from(out);
  };

  const expectedOf = (values: Float32Array, rows: number, cols: number, { stride = cols, temperature = 1 }: Options): number[] =>
    Array.from({ length: rows }, (_, r) => {
      const x = Float64Array.from(values.subarray(r * stride, r * stride + cols), (value) => value / temperature);
      return entropy(softmax(x)) as number;
    });

  const check = (values: Float32Array, rows: number, cols: number, options: Options = {}, bound = BOUND): void => {
    const expected = expectedOf(values, rows, cols, options);
    const actual = entropiesOf(values, rows, cols, options);
    for (const [r, h] of expected.entries()) {
      const what = `row ${r} of ${rows} x ${cols} ${JSON.stringify(options)}: got ${actual[r]}, expected ${h}`;
      expect(Math.abs(actual[r] - h), what).toBeLessThanOrEqual(bound);
    }
  };

  it("rows of every size, at any stride and temperature, regardless of neighbouring data", () => {
    for (const cols of SIZES) {
      for (const [rows, padding, temperature, poison] of [
        [1, 0, 1, POISONS.nan],
        [5, 3, 1, POISONS.infinity],
        [6, 1, 0.7, POISONS.huge],
        [3, 0, 3, POISONS.zero],
      ] as const) {
        const stride = cols + padding;
        for (const deviation of [0.1, 3, 10]) {
          const values = normalLogits((rows - 1) * stride + cols, deviation, randomFrom(cols));
          check(values, rows, cols, { stride, temperature, poison });
        }
      }
    }
  });

  it("rows in segments agree with whole rows", () => {
    for (const cols of [5, 40, 300, 1030]) {
      const values = normalLogits(5 * cols, 4, randomFrom(cols));
      // the maximum, far above the rest, in the first, last or middle segment
      for (const [row, place] of [0, cols - 1, cols >> 1].entries()) values[row * cols + place] = 12;
      values[4 * cols + 2] = 200;
      for (const cuts of [[1], [cols - 1], [2, 3, cols - 2], [cols >> 1]]) check(values, 5, cols, { cuts, temperature: 0.8 });
    }
  });

  it("equal logits have log(count) nats, also in segments and with masked classes", () => {
    for (const cols of [1, 2, 3, 7, 64, 700]) {
      const values = new Float32Array(3 * cols).fill(-3.3);
      const uniform = Math.log(cols);
      const got = entropiesOf(values, 3, cols, cols > 2 ? { cuts: [2] } : {});
      for (const h of got) expect(Math.abs(h - uniform)).toBeLessThanOrEqual(1e-15 * uniform);
    }
    const masked = Float32Array.of(MASKED, 2, MASKED, MASKED, 2, MASKED);
    for (const cuts of [[], [1], [2], [3], [1, 3, 5]]) expect(entropiesOf(masked, 1, 6, { cuts })[0]).toBeCloseTo(Math.LN2, 15);
    expect(entropiesOf(Float32Array.of(MASKED, MASKED, 5), 1, 3, { cuts: [1, 2] })).toEqual([0]);
  });

  it("tiny entropies keep their relative accuracy, because both terms are positive", () => {
    for (const gap of [20, 40, 80]) {
      const rest = 2 * Math.exp(-gap);
      const expected = Math.log1p(rest) + (gap * rest) / (1 + rest);
      for (const cuts of [[], [1], [2]]) {
        const [h] = entropiesOf(Float32Array.of(gap, 0, 0), 1, 3, { cuts });
        expect(Math.abs((h as number) / expected - 1)).toBeLessThan(variant === "plain" ? 4.5e-6 : 3e-7);
      }
    }
  });

  it("many classes with the same logit below the greatest, whose errors have the same sign", () => {
    for (const cols of [100, 1000, 4096]) {
      for (const distance of [1, 4, 4.7, 6.3, 9]) {
        const values = new Float32Array(cols).fill(-distance);
        values[0] = 0;
        check(values, 1, cols, {}, 5e-7);
        check(values, 1, cols, { cuts: [1] }, 5e-7);
      }
    }
  });

  it("NaN, +inf and only -inf give NaN wherever the row is cut; other rows do not change", () => {
    for (const cols of [4, 21, 300]) {
      const values = normalLogits(6 * cols, 2, randomFrom(cols));
      const before = entropiesOf(values, 6, cols);
      for (const place of [0, 2, cols - 1]) {
        values[place] = NOT_A_NUMBER;
        values[2 * cols + place] = INFINITE;
        values.fill(MASKED, 3 * cols, 4 * cols);
        values.fill(MASKED, 4 * cols, 5 * cols)[4 * cols + place] = NOT_A_NUMBER;
        for (const cuts of [[], [1], [place], [3], [1, cols - 1]].filter(([cut]) => cut !== 0)) {
          const got = entropiesOf(values, 6, cols, { cuts });
          for (const row of [0, 2, 3, 4]) expect(got[row], `row ${row}, cut at ${cuts.join()}`).toBeNaN();
          if (cuts.length === 0) expect([got[1], got[5]]).toEqual([before[1], before[5]]);
        }
        values.set(normalLogits(6 * cols, 2, randomFrom(cols)));
      }
    }
  });

  it("keeps a NaN among masked classes of an early segment", () => {
    expect(entropiesOf(Float32Array.of(MASKED, NOT_A_NUMBER, 1, 2), 1, 4, { cuts: [2] })[0]).toBeNaN();
    expect(entropiesOf(Float32Array.of(1, 2, MASKED, NOT_A_NUMBER), 1, 4, { cuts: [2] })[0]).toBeNaN();
  });

  it("does not touch ignored rows", () => {
    memory.clear();
    const address = memory.float32([1, 2, NOT_A_NUMBER, NOT_A_NUMBER, 3, 4]).byteOffset;
    const targets = memory.int32([0, IGNORED, 1]).byteOffset;
    const sums = sumsOf(3);
    const loaded = { address, rows: 3, cols: 2, stride: 2, targets, temperature: 1 };
    const exps = exponentialsOf(loaded, sums);
    for (const earlierMax of [0, sums.max.byteOffset]) {
      addEntropies(loaded, exps, sums, earlierMax, sums);
      expect([sums.sum[1], sums.dot[1]]).toEqual([-7, -7]);
      expect(sums.sum[0]).not.toBe(-7);
    }
  });

  it("reads at most 12 bytes past the last row and its exponentials", () => {
    for (const cols of [1, 2, 3, 5, 17, 131]) {
      for (const isLast of ["logits", "exponentials"]) {
        memory.clear();
        const sums = sumsOf(1);
        sums.max[0] = 3;
        sums.rest[0] = 2;
        const atEnd = memory.float32AtEnd(new Float32Array(cols).fill(isLast === "logits" ? 2 : 1), 12).byteOffset;
        const other = memory.float32(new Float32Array(cols).fill(isLast === "logits" ? 1 : 2)).byteOffset;
        const [address, exps] = isLast === "logits" ? [atEnd, other] : [other, atEnd];
        const loaded = { address, rows: 1, cols, stride: cols, targets: 0, temperature: 1 };
        addEntropies(loaded, { address: exps, refs: sums.max.byteOffset, refStride: 1 }, sums, 0, sums);
        expect([sums.sum[0], sums.dot[0]]).toEqual([cols - 1, -cols]);
      }
    }
  });
});

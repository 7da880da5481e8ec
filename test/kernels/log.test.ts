/** logDouble and log1pRows: log x and log(1 + r) on two f64 lanes. */
import { describe, expect, it } from "vitest";
import { KernelMemory, randomFrom, ulps64, variants } from "../support/kernel-memory.js";

const SAMPLES = 200_000;
/** Greatest distance from Math.log and Math.log1p, which may themselves be off by 1 ulp. */
const MAX_ULP = { log: 3, log1p: 4 } as const;

describe.each(variants)("logDouble and log1pRows, %s build", (variant) => {
  const memory = new KernelMemory(variant, 2 * SAMPLES * 8 + 65536);

  const apply = (kernel: "logDouble" | "log1pRows", x: ArrayLike<number>): Float64Array => {
    memory.clear();
    const from = memory.float64(x);
    const out = memory.float64(new Float64Array(x.length));
    // rounded up to whole pairs, or to pairs of pairs
    memory.expectWritesOnly([{ array: out, slack: kernel === "log1pRows" ? 24 : 8 }], () => {
      memory.kernels[kernel](from.byteOffset, x.length, out.byteOffset);
    });
    return out.slice();
  };
  const log = (x: ArrayLike<number>): Float64Array => apply("logDouble", x);
  const log1p = (x: ArrayLike<number>): Float64Array => apply("log1pRows", x);

  it(`gives log of positive numbers of any size within ${MAX_ULP.log} ulp`, () => {
    const random = randomFrom(1);
    const anySize = Float64Array.from({ length: SAMPLES / 2 }, () => (1 + random()) * 2 ** Math.floor(2046 * random() - 1022));
    // near log = 0 and near the ends of the reduced range
    const nearOne = Float64Array.from({ length: SAMPLES / 2 }, () => Math.SQRT1_2 + random() * (Math.SQRT2 - Math.SQRT1_2));
    expectWithin(MAX_ULP.log, log, Math.log, [...anySize, ...nearOne]);
  });

  it("gives exactly 0 at 1, and is accurate at the neighbours of 1", () => {
    const [one, above, below] = log([1, 1 + Number.EPSILON, 1 - Number.EPSILON / 2]);
    expect(Object.is(one, 0)).toBe(true);
    expect(ulps64(above as number, Math.log(1 + Number.EPSILON))).toBeLessThanOrEqual(MAX_ULP.log);
    expect(ulps64(below as number, Math.log(1 - Number.EPSILON / 2))).toBeLessThanOrEqual(MAX_ULP.log);
  });

  it("gives -inf at 0, and keeps NaN and +inf", () => {
    const values = log([0, Number.NaN, Number.POSITIVE_INFINITY, 1]);
    expect(Array.from(values)).toEqual([Number.NEGATIVE_INFINITY, Number.NaN, Number.POSITIVE_INFINITY, 0]);
  });

  it(`gives log(1 + r) of every size of r within ${MAX_ULP.log1p} ulp`, () => {
    const random = randomFrom(2);
    // from far below f64's epsilon to the exp-sum of any vocabulary
    const r = Float64Array.from({ length: SAMPLES }, (_, i) => (1 + random()) * 2 ** Math.floor(-100 + (140 * i) / SAMPLES));
    expectWithin(MAX_ULP.log1p, log1p, Math.log1p, r);
  });

  it(`gives log(1 + r) within ${MAX_ULP.log1p} ulp just below powers of two, where 1 + r rounds most`, () => {
    const random = randomFrom(3);
    const r = Float64Array.from({ length: SAMPLES }, (_, i) => 2 ** Math.floor((53 * i) / SAMPLES) - random());
    expectWithin(MAX_ULP.log1p, log1p, Math.log1p, r);
  });

  it("returns tiny r unchanged", () => {
    const tiny = [0, 1e-300, 2 ** -1022, 4.1e-9 ** 2, 1e-17];
    expect(Array.from(log1p(tiny))).toEqual(tiny);
  });

  it("keeps NaN in log1p", () => {
    expect(Array.from(log1p([Number.NaN, 0]))).toEqual([Number.NaN, 0]);
  });

  it("gives the same results in place", () => {
    const r = [0, 1e-9, 0.5, 3, 1e5];
    const apart = log1p(r);
    memory.clear();
    const place = memory.float64(r);
    memory.kernels.log1pRows(place.byteOffset, r.length, place.byteOffset);
    expect(Array.from(place)).toEqual(Array.from(apart));
  });

  it("accepts odd counts and 0", () => {
    expect(Array.from(log([1, 1, 1]))).toEqual([0, 0, 0]);
    expect(Array.from(log1p([0, 0, 0]))).toEqual([0, 0, 0]);
    expect(Array.from(log([]))).toEqual([]);
    expect(Array.from(log1p([]))).toEqual([]);
  });
});

function expectWithin(
  bound: number,
  computed: (x: ArrayLike<number>) => Float64Array,
  exact: (x: number) => number,
  x: ArrayLike<number>,
): void {
  const got = computed(x);
  let worst = 0;
  let at = 0;
  for (let i = 0; i < x.length; i++) {
    const error = ulps64(got[i], exact(x[i]));
    if (error > worst || Number.isNaN(error)) {
      worst = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
      at = i;
    }
  }
  if (worst > bound) expect.fail(`${worst} ulp at ${x[at]}: got ${got[at]}, expected ${exact(x[at])}`);
}

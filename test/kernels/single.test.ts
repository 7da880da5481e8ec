/** expSingle and logSingle, the exp and log of the elementwise losses. Tests a sample of floats; scripts/ulp.mjs scans all. */
import { describe, expect, it } from "vitest";
import { KernelMemory, POISONS, ulps32, variants } from "../support/kernel-memory.js";

/** Greatest errors of the full scan in ulp of f32, rounded up; valid with and without fused multiply and add. */
const MAX_ULP = { exp: 1.05, log: 1.56, logNearOne: 2.85 } as const;

const CHUNK = 16384;
const { NaN: NOT_A_NUMBER, POSITIVE_INFINITY: INFINITE, NEGATIVE_INFINITY: MASKED } = Number;

describe.each(variants)("%s build", (variant) => {
  const memory = new KernelMemory(variant, 4 * 65536);

  const apply = (kernel: "expSingle" | "logSingle", x: ArrayLike<number>, poison: number = POISONS.nan): Float32Array => {
    memory.clear(poison);
    const from = memory.float32(x);
    const out = memory.float32(new Float32Array(x.length));
    const scratch = memory.float32(new Float32Array(x.length));
    const written = [out, scratch].map((array) => ({ array, slack: 12 }));
    memory.expectWritesOnly(written, () => {
      memory.kernels[kernel](from.byteOffset, x.length, out.byteOffset, scratch.byteOffset);
    });
    return out.slice();
  };
  const exp = (x: ArrayLike<number>): Float32Array => apply("expSingle", x);
  const log = (x: ArrayLike<number>): Float32Array => apply("logSingle", x);

  /** Greatest error over every `step`th float between two floats of the same sign. */
  const worstUlp = (
    f: (x: Float32Array) => Float32Array,
    exact: (x: number) => number,
    from: number,
    to: number,
    step: number,
  ) => {
    let worst = 0;
    let at = from;
    const last = bitsOf(to);
    for (let bits = bitsOf(from); bits <= last; bits += CHUNK * step) {
      const count = Math.min(CHUNK, Math.floor((last - bits) / step) + 1);
      const x = new Float32Array(Uint32Array.from({ length: count }, (_, i) => bits + i * step).buffer);
      for (const [i, value] of f(x).entries()) {
        const error = ulps32(value, exact(x[i]));
        if (error <= worst) continue;
        worst = error;
        at = x[i];
      }
    }
    return { worst, at };
  };

  it("exp: exactly 1 at 0, exactly 0 from -87.69 down, Infinity from 88.38 up, NaN for NaN", () => {
    expect(Array.from(exp([0, -0, -1e-30, 1e-30]))).toEqual([1, 1, 1, 1]);
    for (const value of exp([-87.69, -88.03, -100, -1e30, -3.4e38, MASKED])) expect(Object.is(value, 0)).toBe(true);
    expect(Array.from(exp([88.38, 88.73, 1e30, INFINITE]))).toEqual([INFINITE, INFINITE, INFINITE, INFINITE]);
    expect(Array.from(exp([NOT_A_NUMBER, 1]))[0]).toBeNaN();
    expect(exp([-87.33654])[0]).toBeGreaterThan(0);
    expect(exp([88.37])[0]).toBeLessThan(INFINITE);
  });

  it(`exp: within ${MAX_ULP.exp} ulp of floats of both signs`, () => {
    const below = worstUlp(exp, Math.exp, -(2 ** -30), -87.33, 499);
    expect(below.worst, `at ${below.at}`).toBeLessThanOrEqual(MAX_ULP.exp);
    const above = worstUlp(exp, Math.exp, 2 ** -30, 88.37, 499);
    expect(above.worst, `at ${above.at}`).toBeLessThanOrEqual(MAX_ULP.exp);
  });

  it("log: exactly 0 at 1, infinities, NaN below 0 and for NaN, subnormal and huge numbers", () => {
    expect(Object.is(log([1])[0], 0)).toBe(true);
    expect(Array.from(log([INFINITE, NOT_A_NUMBER, -1e-45, -1, MASKED, -0]))).toEqual([
      INFINITE,
      NOT_A_NUMBER,
      NOT_A_NUMBER,
      NOT_A_NUMBER,
      NOT_A_NUMBER,
      MASKED,
    ]);
    // log 0 is left to the callers: the result only has to be below any clamp
    expect(log([0])[0]).toBeLessThan(-104);
    for (const x of [1.4e-45, 1e-40, 2 ** -126, 2 ** 103, 2 ** 104, 1e32, 3.4028234663852886e38]) {
      const single = Math.fround(x);
      expect(ulps32(log([single])[0], Math.log(single)), `log ${x}`).toBeLessThanOrEqual(MAX_ULP.log);
    }
  });

  it("log: the same bits beside a lane that takes the f64 path", () => {
    const x = Float32Array.from({ length: 33 }, (_, i) => 0.03 + 0.07 * i);
    const plain = log(x);
    for (const unusual of [-1, NOT_A_NUMBER, 2 ** 110]) {
      const disturbed = x.slice();
      disturbed[17] = unusual;
      const values = log(disturbed);
      values[17] = plain[17];
      expect(values).toEqual(plain);
    }
  });

  it(`log: within ${MAX_ULP.log} ulp, ${MAX_ULP.logNearOne} where it is below log 2`, () => {
    for (const [from, to, allowed] of [
      [2 ** -149, 2 ** -126, MAX_ULP.log],
      [2 ** -126, 0.5, MAX_ULP.log],
      [0.5, 2, MAX_ULP.logNearOne],
      [2, 2 ** 104, MAX_ULP.log],
    ] as const) {
      const { worst, at } = worstUlp(log, Math.log, from, to, to === 2 ? 23 : 997);
      expect(worst, `at ${at}`).toBeLessThanOrEqual(allowed);
    }
  });

  it("the same results for every count and any data past the last lane", () => {
    for (let count = 0; count <= 9; count++) {
      const x = Float32Array.from({ length: count }, (_, i) => 0.3 + i);
      for (const poison of Object.values(POISONS)) {
        expect(apply("expSingle", x, poison)).toEqual(exp(x));
        expect(apply("logSingle", x, poison)).toEqual(log(x));
      }
    }
  });
});

function bitsOf(x: number): number {
  return new Uint32Array(Float32Array.of(x).buffer)[0];
}

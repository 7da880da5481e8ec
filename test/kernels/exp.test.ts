/** expLanes, the exp of all kernels. This file tests a sample of floats; scripts/ulp.mjs scans all of them. */
import { describe, expect, it } from "vitest";
import { KernelMemory, POISONS, ulps32, variants } from "../support/kernel-memory.js";

/**
 * Greatest errors of the full scan (scripts/ulp.mjs) in ulp of f32, rounded up. Plain: 2.573, 7.214 and 45.123. Relaxed, on
 * hardware that fuses multiply and add: 2.233 in each range.
 */
const BOUNDS = {
  plain: { fromMinus1: 2.58, fromMinus10: 7.22, all: 45.2 },
  relaxed: { fromMinus1: 2.24, fromMinus10: 2.24, all: 2.24 },
} as const;

const CHUNK = 16384;

describe.each(variants)("expLanes, %s build", (variant) => {
  const memory = new KernelMemory(variant, 3 * 65536);

  const exp = (x: ArrayLike<number>): Float32Array => {
    memory.clear();
    const from = memory.float32(x);
    const out = memory.float32(new Float32Array(x.length));
    memory.expectWritesOnly([{ array: out, slack: 12 }], () => {
      memory.kernels.expLanes(from.byteOffset, x.length, out.byteOffset);
    });
    return out.slice();
  };

  it("gives exactly 1 at 0 and -0", () => {
    expect(Array.from(exp([0, -0]))).toEqual([1, 1]);
  });

  it("keeps NaN", () => {
    expect(Array.from(exp([Number.NaN, -1, Number.NaN, Number.NaN])).map(Number.isNaN)).toEqual([true, false, true, true]);
  });

  it("gives exactly 0 for -inf and everything from -87.69 down", () => {
    const far = [Number.NEGATIVE_INFINITY, -3.4028234663852886e38, -1e30, -1000, -104, -103.9, -89, -88.03, -88.02, -87.69];
    const zeros = exp(far);
    for (const [i, x] of far.entries()) expect(Object.is(zeros[i], 0), `exp(${x}) is ${zeros[i]}`).toBe(true);
  });

  it("is above 0 down to the smallest normal number", () => {
    expect(exp([-87.33654])[0]).toBeGreaterThan(0);
  });

  it("keeps its error bound on a million floats of [-87.34, 0]", () => {
    const worst = { fromMinus1: 0, fromMinus10: 0, all: 0 };
    forSample((x) => {
      const got = exp(x);
      for (let i = 0; i < x.length; i++) {
        const argument = x[i];
        const error = ulps32(got[i], Math.exp(argument));
        if (argument >= -1) worst.fromMinus1 = Math.max(worst.fromMinus1, error);
        if (argument >= -10) worst.fromMinus10 = Math.max(worst.fromMinus10, error);
        worst.all = Math.max(worst.all, error);
      }
    });
    const bounds = BOUNDS[variant];
    expect(worst.fromMinus1).toBeLessThanOrEqual(bounds.fromMinus1);
    expect(worst.fromMinus10).toBeLessThanOrEqual(bounds.fromMinus10);
    expect(worst.all).toBeLessThanOrEqual(bounds.all);
  });

  it("is monotonic up to 2 ulp", () => {
    let previous = Number.POSITIVE_INFINITY;
    forSample((x) => {
      const got = exp(x);
      // the sample is in descending order from 0
      for (const [i, value] of got.entries()) {
        if (value > previous * (1 + 2 ** -22)) expect.fail(`exp(${x[i]}) is ${value}, at the argument before it was ${previous}`);
        previous = value;
      }
    });
  });

  it("gives the same results for any data past the last lane", () => {
    for (const poison of Object.values(POISONS)) {
      memory.clear(poison);
      const x = memory.float32([-1, -2, -3, -4, -5]);
      const out = memory.float32(new Float32Array(5));
      memory.kernels.expLanes(x.byteOffset, 5, out.byteOffset);
      expect(Array.from(out)).toEqual(Array.from(exp([-1, -2, -3, -4, -5])));
    }
  });
});

/** Every 1117th float of [-87.34, 0] in descending order: about a million, with different mantissas for each exponent. */
function forSample(visit: (x: Float32Array) => void): void {
  const last = new Uint32Array(Float32Array.of(-87.34).buffer)[0];
  const step = 1117;
  for (let bits = 0x80000000; bits <= last; bits += CHUNK * step) {
    const count = Math.min(CHUNK, Math.floor((last - bits) / step) + 1);
    visit(new Float32Array(Uint32Array.from({ length: count }, (_, i) => bits + i * step).buffer));
  }
}

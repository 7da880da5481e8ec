/** softcap, c tanh(x / c), and with c = 1 tanhLanes. */
import { describe, expect, it } from "vitest";
import { expectSameBits, KernelMemory, POISONS, randomFrom, ulps32, variants } from "../support/kernel-memory.js";

/** Greatest errors in ulp over every float of [2^-30, 9.5]: plain 6.88 at 5.8278761, relaxed 4.90 at 5.126039 (with fusing). */
const MAX_ULP_TANH = { plain: 6.9, relaxed: 4.9 } as const;
/** With the roundings of the quotient and the product, which may move the result to a binade with a smaller ulp. */
const MAX_ULP_SOFTCAP = 8;
/** Greatest error as a fraction of the cap. */
const MAX_SHARE_OF_CAP = 4.5e-7;
const CHUNK = 16384;

describe.each(variants)("softcap, %s build", (variant) => {
  const memory = new KernelMemory(variant, 3 * 65536);

  const softcap = (x: ArrayLike<number>, cap: number, poison: number = POISONS.nan): Float32Array => {
    memory.clear(poison);
    const from = memory.float32(x);
    const out = memory.float32(new Float32Array(x.length));
    memory.expectWritesOnly([{ array: out, slack: 12 }], () => {
      memory.kernels.softcap(from.byteOffset, x.length, cap, out.byteOffset);
    });
    return out.slice();
  };

  it("keeps tanh's bound in ulp on a million floats from 2^-40 to 20, of both signs", () => {
    const last = bitsOfFloat(20);
    const step = 349;
    let worst = 0;
    let at = 0;
    for (let bits = bitsOfFloat(2 ** -40); bits <= last; bits += CHUNK * step) {
      const count = Math.min(CHUNK, Math.floor((last - bits) / step) + 1);
      // sets the sign bit of every other float
      const x = new Float32Array(Uint32Array.from({ length: count }, (_, i) => bits + i * step + (i % 2) * 0x80000000).buffer);
      const got = softcap(x, 1);
      for (let i = 0; i < count; i++) {
        const error = ulps32(got[i], Math.tanh(x[i]));
        if (!(error <= worst)) {
          worst = error;
          at = x[i];
        }
      }
    }
    expect(worst, `at ${at}`).toBeLessThanOrEqual(MAX_ULP_TANH[variant]);
  });

  it("keeps the softcap's bounds, in ulp and in units of the cap, for any cap", () => {
    const random = randomFrom(1);
    for (const cap of [0.1, 1, 15, 30, 50, 1e4]) {
      const x = Float32Array.from({ length: CHUNK }, () => cap * 20 * (random() - 0.5));
      const got = softcap(x, cap);
      const c = Math.fround(cap);
      for (const [i, value] of x.entries()) {
        const exact = c * Math.tanh(value / c);
        const error = ulps32(got[i], exact);
        const distance = Math.abs(got[i] - exact);
        if (!(error <= MAX_ULP_SOFTCAP && distance <= MAX_SHARE_OF_CAP * c)) {
          expect.fail(`cap ${cap}, x ${value}: got ${got[i]}, expected ${exact}, ${error} ulp`);
        }
      }
    }
  });

  it("keeps small logits within its bound, and no result exceeds the cap", () => {
    const small = Float32Array.of(2 ** -30, -(2 ** -30), 1e-20, -1e-20, 1e-30);
    for (const [i, y] of softcap(small, 15).entries()) expect(ulps32(y, small[i])).toBeLessThanOrEqual(MAX_ULP_SOFTCAP);
    const random = randomFrom(2);
    const x = Float32Array.from({ length: 4096 }, () => 1000 * (random() - 0.5));
    for (const [i, y] of softcap(x, 15).entries()) expect(Math.abs(y), `x = ${x[i]}`).toBeLessThanOrEqual(15);
  });

  it("gives +-cap for +-inf and the greatest floats, NaN for NaN, and 0 with its sign", () => {
    const values = softcap([Infinity, -Infinity, 3.4e38, -3.4e38, Number.NaN, 0, -0], 15);
    expect(Array.from(values)).toEqual([15, -15, 15, -15, Number.NaN, 0, -0]);
  });

  it("accepts counts that are not a multiple of four, and gives the same results in place and beside any data", () => {
    const random = randomFrom(3);
    for (let count = 0; count <= 13; count++) {
      const x = Float32Array.from({ length: count }, () => 100 * (random() - 0.5));
      const apart = softcap(x, 15);
      for (const poison of Object.values(POISONS)) expectSameBits(softcap(x, 15, poison), apart);
      memory.clear();
      const place = memory.float32(x);
      memory.expectWritesOnly([{ array: place, slack: 12 }], () => {
        memory.kernels.softcap(place.byteOffset, count, 15, place.byteOffset);
      });
      expectSameBits(place, apart);
    }
  });

  it("reads at most 12 bytes past the last element", () => {
    for (let count = 1; count <= 9; count++) {
      memory.clear();
      const x = memory.float32AtEnd(new Float32Array(count), 12);
      const out = memory.float32(new Float32Array(count));
      memory.kernels.softcap(x.byteOffset, count, 15, out.byteOffset);
      expect(Array.from(out)).toEqual(new Array(count).fill(0));
    }
  });
});

function bitsOfFloat(x: number): number {
  return new Uint32Array(Float32Array.of(x).buffer)[0];
}

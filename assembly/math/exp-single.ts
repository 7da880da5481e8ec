/**
 * e^x on f32 lanes for any x, in two passes over an array, for kernels that need its last bits and both signs of x. (exp.ts is
 * shorter, and takes only the differences x - max of a row.)
 *
 *   n = round(x log2 e)            by adding and subtracting 1.5 * 2^23 (+ 127, the bias of step 4)
 *   r = (x - n hi) - n lo          hi + lo = ln 2; hi has 10 bits, so n hi is exact
 *   e^r - 1 = r + r^2 P(r)         |r| <= ln(2) / 2, P of degree 4
 *   e^x = 2^n (1 + (r + r^2 P(r)))
 *
 * Two passes, because two dozen dependent operations per vector are more than a processor keeps in flight: 0.58 against 0.78 ns
 * per element (Zen 4, Node 20, plain build). The first pass also leaves r and 2^n for kernels that need e^x - 1.
 *
 * Coefficients: scripts/fit-single.mjs (|P - exact| < 6.6e-8, 7.9e-9 of e^r). Greatest error over every float: 1.05 ulp in both
 * builds (scripts/ulp.mjs). 0 below -87.68, Infinity from 88.38 on; NaN stays NaN, and e^0 is 1.
 * Tests: test/kernels/single.test.ts.
 */
import { VECTOR, constant, keepBeforeLoop, multiplyAdd, opaqueZero } from "./lanes";

export const LOG2E: f32 = 1.4426950216293335; // 0x1.715476p+0
export const SHIFTER: f32 = 12583039.0; // 0x1.8000fep+23 = 1.5 * 2^23 + 127
export const MINUS_HI: f32 = -0.693359375; // -0x1.63p-1
export const MINUS_LO: f32 = 2.1219444170128554e-4; // 0x1.bd0106p-13
/** Gives n = -127, whose power is 0. */
export const LOWEST: f32 = -88.02969;
/** Gives n = 128, whose power is Infinity. */
export const HIGHEST: f32 = 88.72284;

/** The sign bit, which makes expParts take -|x|. */
export const SIGN: i32 = 0x80000000;

// P(r)
export const P0: f32 = 0.5;
export const P1: f32 = 0.16666573286056519; // 0x1.5554d8p-3
export const P2: f32 = 0.04166664183139801; // 0x1.555548p-5
export const P3: f32 = 0.00836375541985035; // 0x1.121044p-7
export const P4: f32 = 0.0013912970898672938; // 0x1.6cb85ep-10

/**
 * First pass: r and 2^n of x, or of -|x| with `signBits` SIGN (else 0). Reads `count` f32 and writes `count` f32 each to `rest`
 * and `power`, all rounded up to four; `rest` may be x.
 */
export function expParts(x: usize, count: i32, signBits: i32, rest: usize, power: usize): void {
  const zero = opaqueZero(count);
  const lowest = constant(LOWEST, zero);
  const highest = constant(HIGHEST, zero);
  const log2e = constant(LOG2E, zero);
  const shifter = constant(SHIFTER, zero);
  const minusHi = constant(MINUS_HI, zero);
  const minusLo = constant(MINUS_LO, zero);
  const sign = i32x4.splat(signBits);
  const end = x + (<usize>count << 2);
  while (x < end) {
    // in this order of arguments, pmin and pmax keep NaN
    const d = f32x4.pmin(f32x4.pmax(v128.or(v128.load(x), sign), lowest), highest);
    storeParts(d, rest, power, log2e, shifter, minusHi, minusLo);
    x += VECTOR;
    rest += VECTOR;
    power += VECTOR;
  }
  const used = v128.xor(v128.xor(lowest, highest), v128.xor(log2e, shifter));
  keepBeforeLoop(v128.xor(used, v128.xor(minusHi, minusLo)));
}

/** r and 2^n of d in [LOWEST, HIGHEST]. */
// @ts-ignore: decorator
@inline
export function storeParts(
  d: v128, rest: usize, power: usize, log2e: v128, shifter: v128, minusHi: v128, minusLo: v128,
): void {
  const moved = multiplyAdd(d, log2e, shifter);
  const n = f32x4.sub(moved, shifter);
  v128.store(rest, multiplyAdd(n, minusLo, multiplyAdd(n, minusHi, d)));
  v128.store(power, i32x4.shl(moved, 23));
}

/** r^2 P(r) = e^r - 1 - r, to full relative accuracy. */
// @ts-ignore: decorator
@inline
export function beyondLinear(r: v128, p0: v128, p1: v128, p2: v128, p3: v128, p4: v128): v128 {
  const r2 = f32x4.mul(r, r);
  const high = multiplyAdd(p4, r2, multiplyAdd(p3, r, p2));
  return f32x4.mul(r2, multiplyAdd(high, r2, multiplyAdd(p1, r, p0)));
}

/** 2^n e^r from what expParts left. */
// @ts-ignore: decorator
@inline
export function expOfParts(
  r: v128, power: v128, one: v128, p0: v128, p1: v128, p2: v128, p3: v128, p4: v128,
): v128 {
  return f32x4.mul(f32x4.add(one, f32x4.add(r, beyondLinear(r, p0, p1, p2, p3, p4))), power);
}

/** Second pass: out = 2^n e^r, `count` f32 rounded up to four; `out` may be `rest` or `power`. */
export function expOfPartsPass(rest: usize, power: usize, count: i32, out: usize): void {
  const zero = opaqueZero(count);
  const one = constant(1.0, zero);
  const p0 = constant(P0, zero);
  const p1 = constant(P1, zero);
  const p2 = constant(P2, zero);
  const p3 = constant(P3, zero);
  const p4 = constant(P4, zero);
  const end = rest + (<usize>count << 2);
  while (rest < end) {
    v128.store(out, expOfParts(v128.load(rest), v128.load(power), one, p0, p1, p2, p3, p4));
    rest += VECTOR;
    power += VECTOR;
    out += VECTOR;
  }
  keepBeforeLoop(v128.xor(v128.xor(one, p0), v128.xor(v128.xor(p1, p2), v128.xor(p3, p4))));
}

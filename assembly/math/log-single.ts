/**
 * Natural logarithms on f32 lanes.
 *
 *   x = 2^k (1 + f);  s = f / (2 + f);  log x = k log 2 + 2 atanh s,  2 atanh s = s (2 + z Q(z)),  z = s^2
 *
 * f has two ranges. In [sqrt(1/2), sqrt(2)) - 1, z < 0.0295 and Q has three terms. In [-1/2, 1], for log(1 + f) without a k,
 * z <= 1/9 and Q has four; there log(1 + f) = f - s (f - z Q) keeps its leading term f exact.
 *
 * Coefficients: scripts/fit-single.mjs (relative errors 8.2e-10 and 4.6e-9). Greatest errors over every float (scripts/ulp.mjs):
 * 2.85 ulp in (1/2, 2], where the logarithm is below log 2, 1.56 ulp elsewhere. In passes over arrays, for the
 * reason given in exp-single.ts.
 * Tests: test/kernels/single.test.ts.
 */
import { VECTOR, constant, keepBeforeLoop, multiplyAdd, opaqueZero, promoteHigh } from "./lanes";
import { logLanes } from "./log";

/** Scales subnormal numbers to normal ones; the base of the logarithm's exponent takes the factor out again. */
export const UP: f32 = 16777216.0; // 2^24
export const TWICE_UP: f32 = 33554432.0;
/** Mask of the sign and the exponent of an f32. */
export const EXPONENT: i32 = 0xff800000;
/**
 * log 2 = HI (1 + REST). HI has 12 bits, so k HI is exact, and log x loses nothing to a later cancellation against it. HI is
 * divided by 2^23, because the exponent is converted to a float without shifting it down first.
 */
export const HI_IN_PLACE: f32 = 8.262577466666698e-8; // 0x1.62ep-24
export const REST: f32 = 4.60907285741996e-5; // 0x1.82a316p-15

// Q(z) on [0, 1/9]
export const Q0: f32 = 0.6666641235351562; // 0x1.5555p-1
export const Q1: f32 = 0.4002175033092499; // 0x1.99d29ep-2
export const Q2: f32 = 0.2799821197986603; // 0x1.1eb3a2p-2
export const Q3: f32 = 0.2802942991256714; // 0x1.1f0578p-2

// Q(z) on [0, 0.02944]
export const R0: f32 = 0.6666677594184875; // 0x1.55557ap-1
export const R1: f32 = 0.39977583289146423; // 0x1.995ed6p-2
export const R2: f32 = 0.2987079620361328; // 0x1.31e08p-2

/** z Q(z) on [0, 1/9]. */
// @ts-ignore: decorator
@inline
export function wideTail(z: v128, q0: v128, q1: v128, q2: v128, q3: v128): v128 {
  return f32x4.mul(z, multiplyAdd(multiplyAdd(multiplyAdd(q3, z, q2), z, q1), z, q0));
}

/** log x - k from s and k = k' HI. */
// @ts-ignore: decorator
@inline
export function logBesideK(s: v128, k: v128, two: v128, rest: v128, r0: v128, r1: v128, r2: v128): v128 {
  const z = f32x4.mul(s, s);
  const quotient = multiplyAdd(multiplyAdd(multiplyAdd(r2, z, r1), z, r0), z, two);
  return multiplyAdd(k, rest, f32x4.mul(s, quotient));
}

/** log(1 + f) = f - s (f - z Q), f in [-1/2, 1], s = f / (2 + f). */
// @ts-ignore: decorator
@inline
export function log1pOf(f: v128, s: v128, q0: v128, q1: v128, q2: v128, q3: v128): v128 {
  return f32x4.sub(f, f32x4.mul(s, f32x4.sub(f, wideTail(f32x4.mul(s, s), q0, q1, q2, q3))));
}

/** Bits of sqrt(1/2) 2^24. */
export const SQRT_HALF_UP: i32 = 0x3f3504f3 + (24 << 23);
/** Bits of the last float below 2^104. As unsigned integers NaN, infinity and everything with the sign bit are greater. */
const LAST_USUAL: i32 = 0x737fffff;

/**
 * Writes s and k = k' HI of x = 2^k' (1 + f), as logBesideK takes them. Reads `count` f32 and writes `count` f32 to each
 * of the two, all rounded up to four; neither may overlap x. If any lane has the sign bit or is at least 2^104 (infinity
 * and NaN included), these lanes are computed again in f64. 0 gives -104.7 and -0 gives -Infinity, which makes no
 * difference after a product with x.
 */
export function logParts(x: usize, count: i32, s: usize, k: usize): void {
  const zero = opaqueZero(count);
  const up = constant(UP, zero);
  const twiceUp = constant(TWICE_UP, zero);
  const hi = constant(HI_IN_PLACE, zero);
  const base = v128.or(i32x4.splat(SQRT_HALF_UP), zero);
  const exponent = v128.or(i32x4.splat(EXPONENT), zero);
  let greatest = zero;
  const bytes = <usize>count << 2;
  for (let at: usize = 0; at < bytes; at += VECTOR) {
    const xs = v128.load(x + at);
    greatest = i32x4.max_u(greatest, xs);
    const u = f32x4.mul(xs, up);
    const e = v128.and(i32x4.sub(u, base), exponent);
    const f = f32x4.sub(i32x4.sub(u, e), up); // 2^24 f
    v128.store(s + at, f32x4.div(f, f32x4.add(f, twiceUp)));
    v128.store(k + at, f32x4.mul(f32x4.convert_i32x4_s(e), hi));
  }
  const used = v128.xor(v128.xor(up, twiceUp), v128.xor(hi, base));
  keepBeforeLoop(v128.xor(used, exponent));
  if (v128.any_true(i32x4.gt_u(greatest, i32x4.splat(LAST_USUAL)))) exactLogs(x, count, s, k);
}

/** Sets the unusual lanes to log x, computed in f64, as k (1 + REST) with s = 0; the others stay as they are. */
function exactLogs(x: usize, count: i32, s: usize, k: usize): void {
  const lastUsual = i32x4.splat(LAST_USUAL);
  const bytes = <usize>count << 2;
  for (let at: usize = 0; at < bytes; at += VECTOR) {
    const xs = v128.load(x + at);
    const isUnusual = i32x4.gt_u(xs, lastUsual);
    const low = exactPair(f64x2.promote_low_f32x4(xs));
    const high = exactPair(promoteHigh(xs));
    v128.store(k + at, v128.bitselect(v128.shuffle<i64>(low, high, 0, 2), v128.load(k + at), isUnusual));
    v128.store(s + at, v128.andnot(v128.load(s + at), isUnusual));
  }
}

/** log x / (1 + REST) of two lanes, NaN below 0, as the lower two f32. */
function exactPair(x: v128): v128 {
  const log = v128.or(logLanes(x), f64x2.lt(x, f64x2.splat(0.0)));
  return f32x4.demote_f64x2_zero(f64x2.div(log, f64x2.splat(1.0 + <f64>REST)));
}

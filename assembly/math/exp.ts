/**
 * exp on four f32 lanes, for arguments <= 0, and 2^y on one f64.
 *
 * With s = log2(e) / temperature the kernels need exp((x - m) / temperature) = 2^(s d), d = x - m <= 0:
 *
 *   n = round(s d)              (add and subtract 1.5 * 2^23: the sum's last mantissa bit then has weight 1)
 *   f = s d - n + sLow d        in [-1/2, 1/2]; s d is exact in the fused form. s has two parts, because log2(e) rounded to
 *                               f32 is off by 1.3e-8 of itself, which made every sum 5e-8 too great
 *   2^f = 1 + f (c1 + f (c2 + f (c3 + f (c4 + f c5))))
 *   2^n = the sum's low bits shifted into the exponent field; the added constant includes the bias 127
 *
 * d is clamped at -127 / s, where the exponent field and the result are exactly 0: masked logits of -inf and far tails
 * cost nothing and contribute nothing. f = 0 gives exactly 1. NaN stays NaN (the clamp's argument order matters).
 * Below -87.7 the result is 0.
 *
 * Coefficients: scripts/fit-exp2.mjs (relative error of the polynomial 9.8e-8). docs/math.md has the greatest errors over every
 * float, measured by scripts/ulp.mjs. Tests: test/kernels/exp.test.ts.
 */
import { multiplyAdd } from "./lanes";

/** log2(e) in f64; the kernels take it divided by the temperature, as `scale`. */
export const LOG2E: f64 = 1.4426950408889634; // 0x1.71547652b82fep+0

export const SHIFTER: f32 = 12583039.0; // 0x1.8000fep+23 = 1.5 * 2^23 + 127
export const C1: f32 = 0.6931470036506653; // 0x1.62e42ap-1
export const C2: f32 = 0.2402222454547882; // 0x1.ebf9a4p-3
export const C3: f32 = 0.05550650879740715; // 0x1.c6b596p-5
export const C4: f32 = 0.00967260543256998; // 0x1.3cf3b2p-7
export const C5: f32 = 0.0013302912702783942; // 0x1.5cba56p-10

/*
 * The single steps, for kernels that take them in two passes (rows/exp-sum.ts): first f and n of many vectors, then their powers.
 */

/** s d in the plain build; d in the relaxed build, which multiplies where it adds. */
// @ts-ignore: decorator
@inline
export function scaled(d: v128, s: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return d;
  return f32x4.mul(d, s);
}

/** s d + SHIFTER: n + 127 in its low bits. */
// @ts-ignore: decorator
@inline
export function shifted(d: v128, product: v128, s: v128, shifter: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(d, s, shifter);
  return f32x4.add(product, shifter);
}

/** f = s d - n. */
// @ts-ignore: decorator
@inline
export function fraction(d: v128, product: v128, moved: v128, s: v128, sLow: v128, shifter: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    return f32x4.relaxed_madd(d, sLow, f32x4.relaxed_madd(d, s, f32x4.sub(shifter, moved)));
  }
  return f32x4.add(f32x4.sub(product, f32x4.sub(moved, shifter)), f32x4.mul(d, sLow));
}

/** sum + 2^n 2^f; fused in the relaxed build. */
// @ts-ignore: decorator
@inline
export function addPower(
  sum: v128, f: v128, moved: v128, one: v128, c1: v128, c2: v128, c3: v128, c4: v128, c5: v128,
): v128 {
  return multiplyAdd(mantissa(f, one, c1, c2, c3, c4, c5), i32x4.shl(moved, 23), sum);
}

/** 2^f, f in [-1/2, 1/2]. */
// @ts-ignore: decorator
@inline
function mantissa(f: v128, one: v128, c1: v128, c2: v128, c3: v128, c4: v128, c5: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    let p = f32x4.relaxed_madd(c5, f, c4);
    p = f32x4.relaxed_madd(p, f, c3);
    p = f32x4.relaxed_madd(p, f, c2);
    p = f32x4.relaxed_madd(p, f, c1);
    return f32x4.relaxed_madd(p, f, one);
  }
  // Estrin: (1 + c1 f) + f^2 ((c2 + c3 f) + f^2 (c4 + c5 f)), a shorter chain at the cost of one product
  const f2 = f32x4.mul(f, f);
  const low = f32x4.add(f32x4.mul(c1, f), one);
  const middle = f32x4.add(f32x4.mul(c3, f), c2);
  const high = f32x4.add(f32x4.mul(c5, f), c4);
  const upper = f32x4.add(f32x4.mul(high, f2), middle);
  return f32x4.add(f32x4.mul(upper, f2), low);
}

/** 2^n 2^f alone, for kernels that store it: one addition less. */
// @ts-ignore: decorator
@inline
export function power(f: v128, moved: v128, one: v128, c1: v128, c2: v128, c3: v128, c4: v128, c5: v128): v128 {
  return f32x4.mul(mantissa(f, one, c1, c2, c3, c4, c5), i32x4.shl(moved, 23));
}

/**
 * sum + 2^(s d) in each lane, all steps. The caller makes the constants as locals before its loop (`constant(SHIFTER, zero)` and
 * so on), because no compiler hoists them out of it.
 */
// @ts-ignore: decorator
@inline
export function addExp2(
  sum: v128, d: v128, s: v128, sLow: v128, lowest: v128, shifter: v128, one: v128,
  c1: v128, c2: v128, c3: v128, c4: v128, c5: v128,
): v128 {
  const clamped = f32x4.pmax(d, lowest);
  const product = scaled(clamped, s);
  const moved = shifted(clamped, product, s, shifter);
  const f = fraction(clamped, product, moved, s, sLow, shifter);
  return addPower(sum, f, moved, one, c1, c2, c3, c4, c5);
}

/** The part of the f64 scale that its f32 lacks: s = high + low to 48 bits. */
// @ts-ignore: decorator
@inline
export function lowPart(scale: f64): f32 {
  return <f32>(scale - <f64>(<f32>scale));
}

/** The clamp of d: there the result is 0, and below it the exponent field would underflow. */
// @ts-ignore: decorator
@inline
export function lowestFor(scale: f64): f32 {
  return <f32>(-127.0 / scale);
}

/**
 * 2^y in f64, relative error below 1e-15: the factor that moves sums to a new maximum, where an f32 exp would add its error
 * to every term at once. y = n + f; 2^f is the series of e^(f ln 2) to degree 13 (remainder 4e-18), even and odd powers in two
 * chains. 0 below 2^-1022; -inf gives 0, NaN stays NaN.
 */
export function exp2Double(y: f64): f64 {
  if (y < -1022.0) return 0.0;
  const n = nearest(y);
  const z = (y - n) * 0.6931471805599453; // ln 2 = 0x1.62e42fefa39efp-1
  const w = z * z;
  let even: f64 = 2.08767569878681e-9; // 1 / 12!
  even = even * w + 2.755731922398589e-7; // 1 / 10!
  even = even * w + 2.48015873015873e-5; // 1 / 8!
  even = even * w + 1.3888888888888889e-3; // 1 / 6!
  even = even * w + 4.1666666666666664e-2; // 1 / 4!
  even = even * w + 0.5;
  even = even * w + 1.0;
  let odd: f64 = 1.6059043836821613e-10; // 1 / 13!
  odd = odd * w + 2.505210838544172e-8; // 1 / 11!
  odd = odd * w + 2.7557319223985893e-6; // 1 / 9!
  odd = odd * w + 1.984126984126984e-4; // 1 / 7!
  odd = odd * w + 8.333333333333333e-3; // 1 / 5!
  odd = odd * w + 0.16666666666666666; // 1 / 3!
  odd = odd * w + 1.0;
  return (even + z * odd) * reinterpret<f64>((<i64>n + 1023) << 52);
}

/**
 * exp on two f64 lanes, for arguments <= 0, where the exp-sums of a row's parts must agree to more digits than f32 has.
 *
 * With s = log2(e) / temperature, exp(d / temperature) = 2^(s d):
 *
 *   n = round(s d)              (add and subtract 1.5 * 2^52: the sum's last mantissa bit then has weight 1)
 *   f = s d - n                 in [-1/2, 1/2]; s d is exact in the fused form
 *   2^f = sum_k (f ln 2)^k / k!   k = 0 .. 12; the rest of the series is 2.4e-16 of it at |f| = 1/2
 *   2^n = the sum's low bits shifted into the exponent field; the added constant includes the bias 1023
 *
 * d is clamped at -1023 / s, where the exponent field and the result are exactly 0. f = 0 gives exactly 1, and NaN stays NaN.
 * Relative error: 6e-16, plus 2.4e-16 |d / temperature| from rounding s (and s d in the plain build).
 * Tests: test/kernels/log-sum-exp-double.test.ts.
 */
import { multiplyAddDoubles } from "./lanes";

export const SHIFTER: f64 = 6755399441056767.0; // 0x1.80000000003ffp+52 = 1.5 * 2^52 + 1023

/* C(k) = (ln 2)^k / k! */
export const C1: f64 = 0.6931471805599453; // 0x1.62e42fefa39efp-1
export const C2: f64 = 0.24022650695910072; // 0x1.ebfbdff82c58fp-3
export const C3: f64 = 0.05550410866482158; // 0x1.c6b08d704a0c0p-5
export const C4: f64 = 0.009618129107628477; // 0x1.3b2ab6fba4e77p-7
export const C5: f64 = 0.0013333558146428443; // 0x1.5d87fe78a6731p-10
export const C6: f64 = 0.0001540353039338161; // 0x1.430912f86c787p-13
export const C7: f64 = 1.5252733804059841e-05; // 0x1.ffcbfc588b0c7p-17
export const C8: f64 = 1.321548679014431e-06; // 0x1.62c0223a5c824p-20
export const C9: f64 = 1.01780860092397e-07; // 0x1.b5253d395e7c4p-24
export const C10: f64 = 7.054911620801123e-09; // 0x1.e4cf5158b8ecap-28
export const C11: f64 = 4.4455382718708116e-10; // 0x1.e8cac7351bb25p-32
export const C12: f64 = 2.5678435993488206e-11; // 0x1.c3bd650fc2986p-36

/** The clamp of d, where the result becomes 0. */
// @ts-ignore: decorator
@inline
export function lowestForDouble(scale: f64): f64 {
  return -1023.0 / scale;
}

/** 2^(s d) in each lane. The caller makes the constants as locals before its loop. */
// @ts-ignore: decorator
@inline
export function exp2Lanes(
  d: v128, s: v128, lowest: v128, shifter: v128, one: v128, c1: v128, c2: v128, c3: v128, c4: v128, c5: v128, c6: v128,
  c7: v128, c8: v128, c9: v128, c10: v128, c11: v128, c12: v128,
): v128 {
  const clamped = f64x2.pmax(d, lowest);
  let moved: v128;
  let f: v128;
  if (ASC_FEATURE_RELAXED_SIMD) {
    moved = f64x2.relaxed_madd(clamped, s, shifter);
    f = f64x2.relaxed_madd(clamped, s, f64x2.sub(shifter, moved));
  } else {
    const product = f64x2.mul(clamped, s);
    moved = f64x2.add(product, shifter);
    f = f64x2.sub(product, f64x2.sub(moved, shifter));
  }
  let p = multiplyAddDoubles(c12, f, c11);
  p = multiplyAddDoubles(p, f, c10);
  p = multiplyAddDoubles(p, f, c9);
  p = multiplyAddDoubles(p, f, c8);
  p = multiplyAddDoubles(p, f, c7);
  p = multiplyAddDoubles(p, f, c6);
  p = multiplyAddDoubles(p, f, c5);
  p = multiplyAddDoubles(p, f, c4);
  p = multiplyAddDoubles(p, f, c3);
  p = multiplyAddDoubles(p, f, c2);
  p = multiplyAddDoubles(p, f, c1);
  p = multiplyAddDoubles(p, f, one);
  return f64x2.mul(p, i64x2.shl(moved, 52));
}

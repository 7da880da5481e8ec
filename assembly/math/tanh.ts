/**
 * tanh on four f32 lanes: y P(y^2) / Q(y^2), P of degree 6 and Q of degree 3 in y^2, |y| clamped at 9, where tanh is 1 in f32.
 * The quotient keeps the relative accuracy of small y, which 1 - 2 / (exp(2y) + 1) loses.
 *
 * Coefficients: Eigen 3, MathFunctionsImpl.h, generic_fast_tanh_float (a minimax fit of 13th over 6th degree).
 * Greatest error 6.9 ulp plain, 4.9 relaxed (test/kernels/tanh.test.ts). NaN stays NaN, infinities give +-1.
 */
import { multiplyAdd } from "./lanes";

// @ts-ignore: decorator
@inline
export function tanhLanes(x: v128): v128 {
  const y = f32x4.pmin(f32x4.pmax(x, f32x4.splat(-9.0)), f32x4.splat(9.0));
  const y2 = f32x4.mul(y, y);
  let p = multiplyAdd(f32x4.splat(-2.76076847742355e-16), y2, f32x4.splat(2.00018790482477e-13));
  p = multiplyAdd(p, y2, f32x4.splat(-8.60467152213735e-11));
  p = multiplyAdd(p, y2, f32x4.splat(5.12229709037114e-8));
  p = multiplyAdd(p, y2, f32x4.splat(1.48572235717979e-5));
  p = multiplyAdd(p, y2, f32x4.splat(6.37261928875436e-4));
  p = multiplyAdd(p, y2, f32x4.splat(4.89352455891786e-3));
  let q = multiplyAdd(f32x4.splat(1.19825839466702e-6), y2, f32x4.splat(1.18534705686654e-4));
  q = multiplyAdd(q, y2, f32x4.splat(2.2684346324390e-3));
  q = multiplyAdd(q, y2, f32x4.splat(4.89352518554385e-3));
  const one = f32x4.splat(1.0);
  // the quotient may exceed 1 by one ulp
  return f32x4.pmin(f32x4.pmax(f32x4.div(f32x4.mul(y, p), q), f32x4.neg(one)), one);
}

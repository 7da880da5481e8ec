/**
 * Natural logarithm on two f64 lanes, without tables or branches.
 *
 *   x = 2^k (1 + f), sqrt(1/2) <= 1 + f < sqrt(2);  s = f / (2 + f);
 *   log(1 + f) = f - f^2/2 + s (f^2/2 + R(s^2)),  R the degree-14 fit of fdlibm
 *
 * Source of the scheme and of the constants: fdlibm e_log.c (Sun Microsystems, 1993; free to use with its notice).
 * Error below 1 ulp. For positive normal x; 0 gives -inf, NaN and +inf give themselves. Tests: test/kernels/log.test.ts.
 */

// @ts-ignore: decorator
@inline
const SQRT_HALF_BITS: i64 = 0x3fe6a09e667f3bcd;
// @ts-ignore: decorator
@inline
const LN2_HIGH: f64 = 6.93147180369123816490e-1; // 0x1.62e42feep-1, 32 bits, so that k * LN2_HIGH is exact
// @ts-ignore: decorator
@inline
const LN2_LOW: f64 = 1.90821492927058770002e-10;

/** log(x) for finite positive normal x. */
// @ts-ignore: decorator
@inline
function logNormal(x: v128): v128 {
  // split: the exponent counted from sqrt(1/2), so that 1 + f straddles 1
  const above = i64x2.sub(x, i64x2.splat(SQRT_HALF_BITS));
  const exponent = i64x2.shr_s(above, 52);
  const f = f64x2.sub(i64x2.sub(x, i64x2.shl(exponent, 52)), f64x2.splat(1.0));
  const k = f64x2.convert_low_i32x4_s(v128.shuffle<i32>(exponent, exponent, 0, 2, 0, 2));

  const s = f64x2.div(f, f64x2.add(f64x2.splat(2.0), f));
  const z = f64x2.mul(s, s);
  const w = f64x2.mul(z, z);
  let odd = f64x2.mul(w, f64x2.splat(1.531383769920937332e-1));
  odd = f64x2.mul(w, f64x2.add(odd, f64x2.splat(2.222219843214978396e-1)));
  odd = f64x2.mul(w, f64x2.add(odd, f64x2.splat(3.999999999940941908e-1)));
  let even = f64x2.mul(w, f64x2.splat(1.479819860511658591e-1));
  even = f64x2.mul(w, f64x2.add(even, f64x2.splat(1.818357216161805012e-1)));
  even = f64x2.mul(w, f64x2.add(even, f64x2.splat(2.857142874366239149e-1)));
  even = f64x2.mul(z, f64x2.add(even, f64x2.splat(6.666666666666735130e-1)));
  const r = f64x2.add(odd, even);

  const halfSquare = f64x2.mul(f64x2.splat(0.5), f64x2.mul(f, f));
  const low = f64x2.add(f64x2.mul(s, f64x2.add(halfSquare, r)), f64x2.mul(k, f64x2.splat(LN2_LOW)));
  return f64x2.sub(f64x2.mul(k, f64x2.splat(LN2_HIGH)), f64x2.sub(f64x2.sub(halfSquare, low), f));
}

/** log(x) for x >= 0: -inf at 0, +inf at +inf, NaN for NaN. */
// @ts-ignore: decorator
@inline
export function logLanes(x: v128): v128 {
  const infinity = f64x2.splat(Infinity);
  let y = v128.bitselect(f64x2.neg(infinity), logNormal(x), f64x2.eq(x, f64x2.splat(0.0)));
  // NaN and +inf are their own logarithm: comparing with "less" sends both here
  y = v128.bitselect(y, x, f64x2.lt(x, infinity));
  return y;
}

/**
 * log(1 + r) for r >= 0, keeping tiny r: with y = fl(1 + r), log(1 + r) = log(y) + (r - (y - 1)) / y, and the correction
 * matters only where y is near 1, so its division is left out. NaN stays NaN; +inf gives NaN (no row has that sum).
 */
// @ts-ignore: decorator
@inline
export function log1pLanes(r: v128): v128 {
  const one = f64x2.splat(1.0);
  const y = f64x2.add(one, r);
  const correction = f64x2.sub(r, f64x2.sub(y, one));
  return f64x2.add(logNormal(y), correction);
}

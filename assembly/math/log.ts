/**
 * Natural logarithm on two f64 lanes, without tables or branches.
 *
 *   x = 2^k (1 + f), sqrt(1/2) <= 1 + f < sqrt(2);  s = f / (2 + f);
 *   log(1 + f) = f - f^2/2 + s (f^2/2 + R(s^2)),  R the degree-14 fit of fdlibm
 *
 * Source of the scheme and of the constants: fdlibm e_log.c (Sun Microsystems, 1993; free to use with its notice). k log 2 is
 * added in one piece instead of two, which costs half an ulp of the result. For positive normal x; 0 gives -inf, NaN and +inf
 * give themselves. Tests: test/kernels/log.test.ts.
 */
import { VECTOR, doubleConstant, keepBeforeLoop, opaqueZero } from "./lanes";

const SQRT_HALF_BITS: i64 = 0x3fe6a09e667f3bcd;
/** The exponent's bias in position; it keeps the exponent counted from sqrt(1/2) positive, so that a logical shift is enough. */
const BIAS_BITS: i64 = 0x3ff0000000000000;
/** Bits of 2^52: or-ed with a small integer they are 2^52 + that integer. */
const INTEGER_BITS: i64 = 0x4330000000000000;
const INTEGER_BIAS: f64 = 4503599627371519.0; // 2^52 + 1023
const LN2: f64 = 6.93147180559945309e-1; // 0x1.62e42fefa39efp-1
const L1: f64 = 6.666666666666735130e-1;
const L2: f64 = 3.999999999940941908e-1;
const L3: f64 = 2.857142874366239149e-1;
const L4: f64 = 2.222219843214978396e-1;
const L5: f64 = 1.818357216161805012e-1;
const L6: f64 = 1.531383769920937332e-1;
const L7: f64 = 1.479819860511658591e-1;

/** log(x) for finite positive normal x. */
// @ts-ignore: decorator
@inline
function logNormal(
  x: v128, toSqrtHalf: v128, integerBits: v128, integerBias: v128, one: v128, two: v128, ln2: v128,
  l1: v128, l2: v128, l3: v128, l4: v128, l5: v128, l6: v128, l7: v128,
): v128 {
  // split: the exponent counted from sqrt(1/2), so that 1 + f straddles 1
  const exponent = i64x2.shr_u(i64x2.add(x, toSqrtHalf), 52);
  const k = f64x2.sub(v128.or(exponent, integerBits), integerBias);
  const f = f64x2.sub(i64x2.add(i64x2.sub(x, i64x2.shl(exponent, 52)), one), one);

  const s = f64x2.div(f, f64x2.add(two, f));
  const z = f64x2.mul(s, s);
  const w = f64x2.mul(z, z);
  // R(z) in two interleaved chains, the even and the odd powers of z
  const odd = f64x2.mul(w, f64x2.add(l2, f64x2.mul(w, f64x2.add(l4, f64x2.mul(w, l6)))));
  const even = f64x2.mul(z, f64x2.add(l1, f64x2.mul(w, f64x2.add(l3, f64x2.mul(w, f64x2.add(l5, f64x2.mul(w, l7)))))));
  return f64x2.add(f64x2.mul(s, f64x2.add(two, f64x2.add(odd, even))), f64x2.mul(k, ln2));
}

/** log(x) for x >= 0: -inf at 0, +inf at +inf, NaN for NaN. */
// @ts-ignore: decorator
@inline
export function logLanes(x: v128): v128 {
  const infinity = f64x2.splat(Infinity);
  let y = logNormal(
    x, i64x2.splat(BIAS_BITS - SQRT_HALF_BITS), i64x2.splat(INTEGER_BITS), f64x2.splat(INTEGER_BIAS),
    f64x2.splat(1.0), f64x2.splat(2.0), f64x2.splat(LN2),
    f64x2.splat(L1), f64x2.splat(L2), f64x2.splat(L3), f64x2.splat(L4), f64x2.splat(L5), f64x2.splat(L6), f64x2.splat(L7),
  );
  y = v128.bitselect(f64x2.neg(infinity), y, f64x2.eq(x, f64x2.splat(0.0)));
  // NaN and +inf are their own logarithms: "less" is false for both
  return v128.bitselect(y, x, f64x2.lt(x, infinity));
}

/**
 * f64 out[i] = log(1 + r[i]) for r >= 0; `count` elements rounded up to four; `out` may be `r`.
 *
 * Tiny r are kept: with y = fl(1 + r), log(1 + r) = log(y) + (r - (y - 1)) / y. The correction matters only where y is near 1, so
 * its division is left out, and from y = 2 on the whole correction. NaN stays NaN; +inf gives NaN (no row has that sum).
 *
 * A separate loop, because only here do the constants stay in registers; two vectors per step, because the compiler sinks a
 * constant that is used only once into the loop and rebuilds it there.
 */
export function log1pRows(r: usize, count: i32, out: usize): void {
  const zero = opaqueZero(count);
  const one = doubleConstant(1.0, zero);
  const two = doubleConstant(2.0, zero);
  const ln2 = doubleConstant(LN2, zero);
  const integerBias = doubleConstant(INTEGER_BIAS, zero);
  const l1 = doubleConstant(L1, zero);
  const l2 = doubleConstant(L2, zero);
  const l3 = doubleConstant(L3, zero);
  const l4 = doubleConstant(L4, zero);
  const l5 = doubleConstant(L5, zero);
  const l6 = doubleConstant(L6, zero);
  const l7 = doubleConstant(L7, zero);
  const toSqrtHalf = v128.or(i64x2.splat(BIAS_BITS - SQRT_HALF_BITS), zero);
  const integerBits = v128.or(i64x2.splat(INTEGER_BITS), zero);
  for (let i = 0; i < count; i += 4) {
    const ra = v128.load(r);
    const rb = v128.load(r, 16);
    const ya = f64x2.add(one, ra);
    const yb = f64x2.add(one, rb);
    const a = logNormal(ya, toSqrtHalf, integerBits, integerBias, one, two, ln2, l1, l2, l3, l4, l5, l6, l7);
    const b = logNormal(yb, toSqrtHalf, integerBits, integerBias, one, two, ln2, l1, l2, l3, l4, l5, l6, l7);
    const lostA = v128.and(f64x2.sub(ra, f64x2.sub(ya, one)), f64x2.lt(ya, two));
    const lostB = v128.and(f64x2.sub(rb, f64x2.sub(yb, one)), f64x2.lt(yb, two));
    // the correction's mask hides a NaN; r - r brings it back
    v128.store(out, f64x2.add(f64x2.add(a, lostA), f64x2.sub(ra, ra)));
    v128.store(out, f64x2.add(f64x2.add(b, lostB), f64x2.sub(rb, rb)), 16);
    r += 2 * VECTOR;
    out += 2 * VECTOR;
  }
  let used = v128.xor(v128.xor(toSqrtHalf, integerBits), v128.xor(integerBias, v128.xor(two, ln2)));
  used = v128.xor(used, v128.xor(v128.xor(l1, l2), v128.xor(l3, l4)));
  used = v128.xor(used, v128.xor(v128.xor(l5, l6), v128.xor(l7, one)));
  keepBeforeLoop(used);
}

/**
 * What each class adds to the generalised Jensen-Shannon divergence of log-probabilities x = log q and y = log p, and the gradient
 * by x, for 0 < beta < 1:
 *
 *   term = beta p (y - log m) + (1 - beta) q (x - log m),   m = beta p + (1 - beta) q
 *   grad = g (1 - beta) q (x - log m)
 *
 * p and q of one size make the two halves of the term cancel, so it is computed as a difference of second-order numbers: with
 * a = -|y - x|, the greater probability b = e^max(x, y), c the weight of the smaller one (beta where y <= x, else 1 - beta),
 *
 *   E = e^a - 1,  v = c E,  M = 1 + v,  K = log M                    K = log m - log b
 *   term   = b (c psi(a) - phi(v)),  psi(a) = 1 + (a - 1) e^a,  phi(v) = (1 + v) log(1 + v) - v
 *   psi(a) = a E - (E - a)   where e^a was not split (|a| < 0.35) and E - a is r^2 P(r) itself;  a e^a - E elsewhere
 *   phi(v) = v^2 - M (v - K) where M > 1/2 and v - K is s (v - z Q) itself;                      M K - v elsewhere
 *
 * Two equal rows give exactly 0. A probability of 0 (a log of -inf) costs 0, whatever the other is; NaN stays NaN.
 *
 * Blocks of elements.ts: `count` a multiple of eight up to BLOCK; `grad` (0: none) may be x's place. Sources: Liger-Kernel,
 * ops/jsd.py; Lin 1991. Tests: test/losses/js-div-loss.test.ts.
 */
import { LOWEST, P0, P1, P2, P3, P4, SIGN, beyondLinear, expOfPartsPass, expParts } from "../math/exp-single";
import { VECTOR, constant, keepBeforeLoop, multiplyAdd, opaqueZero } from "../math/lanes";
import { EXPONENT, Q0, Q1, Q2, Q3, wideTail } from "../math/log-single";
import { BLOCK_BYTES } from "../math/passes";

/** Bits of 1/2, and one more: (1/2, 1] is the range whose k is 0. */
// @ts-ignore: decorator
@inline
const HALF: i32 = 0x3f000001;
/** log(2) / 2^23: the exponent becomes a float where it stands. */
// @ts-ignore: decorator
@inline
const LN2_IN_PLACE: f32 = 8.262958294867817e-8; // 0x1.62e43p-24

export function jsDivBlock(
  x: usize, y: usize, count: i32, beta: f64, scale: f32, loss: usize, grad: usize, scratch: usize,
): void {
  const greatest = scratch;
  const distance = scratch + BLOCK_BYTES;
  const rest = scratch + 2 * BLOCK_BYTES;
  const power = scratch + 3 * BLOCK_BYTES;
  distances(x, y, count, greatest, distance);
  expParts(greatest, count, 0, greatest, power);
  expOfPartsPass(greatest, power, count, greatest);
  expParts(distance, count, 0, rest, power);
  mixtures(x, y, count, beta, greatest, grad != 0);
  logPartsOfMixtures(count, greatest);
  divergences(count, beta, scale, greatest, loss, grad);
}

/** max(x, y), and a = -|y - x|, no less than where e^a is 0. */
function distances(x: usize, y: usize, count: i32, greater: usize, distance: usize): void {
  const zero = opaqueZero(count);
  const lowest = constant(LOWEST, zero);
  const sign = v128.or(i32x4.splat(SIGN), zero);
  const bytes = <usize>count << 2;
  for (let at: usize = 0; at < bytes; at += VECTOR) {
    const xs = v128.load(x + at);
    const ys = v128.load(y + at);
    v128.store(greater + at, f32x4.pmax(xs, ys));
    // equal ones, infinite too, are 0 apart
    const apart = v128.andnot(f32x4.sub(ys, xs), f32x4.eq(xs, ys));
    v128.store(distance + at, f32x4.pmax(v128.or(apart, sign), lowest));
  }
  keepBeforeLoop(v128.xor(lowest, sign));
}

/**
 * Of the arrays at `arrays` (b, a, r, 2^n, and two free ones) to b, a', c psi(a), v, M, q': the gradient, which alone reads a' and
 * q', is -g (1 - beta) b q' (K - a'), with q' = e^a and a' = a where x < y, else 1 and 0.
 */
function mixtures(x: usize, y: usize, count: i32, beta: f64, arrays: usize, hasGradient: bool): void {
  const zero = opaqueZero(count);
  const one = constant(1.0, zero);
  const betas = f32x4.splat(<f32>beta);
  const others = f32x4.splat(<f32>(1.0 - beta));
  const p0 = constant(P0, zero);
  const p1 = constant(P1, zero);
  const p2 = constant(P2, zero);
  const p3 = constant(P3, zero);
  const p4 = constant(P4, zero);
  const bytes = <usize>count << 2;
  for (let at: usize = 0; at < bytes; at += VECTOR) {
    const here = arrays + at;
    const a = v128.load(here, BLOCK_BYTES);
    const r = v128.load(here, 2 * BLOCK_BYTES);
    const twoToN = v128.load(here, 3 * BLOCK_BYTES);
    const beyond = beyondLinear(r, p0, p1, p2, p3, p4);
    const rMinus1 = f32x4.add(r, beyond); // e^r - 1
    const t = f32x4.mul(twoToN, f32x4.add(one, rMinus1));
    const minus1 = f32x4.add(f32x4.mul(twoToN, rMinus1), f32x4.sub(twoToN, one));
    const near = f32x4.sub(f32x4.mul(a, minus1), beyond);
    const far = f32x4.sub(f32x4.mul(a, t), minus1);
    const psi = v128.bitselect(near, far, f32x4.eq(twoToN, one));
    const isBelow = f32x4.lt(v128.load(x + at), v128.load(y + at));
    const c = v128.bitselect(others, betas, isBelow);
    v128.store(here, f32x4.mul(c, psi), 2 * BLOCK_BYTES);
    v128.store(here, f32x4.mul(c, minus1), 3 * BLOCK_BYTES);
    // 1 + v without the rounding of 1 - c
    v128.store(here, multiplyAdd(c, t, v128.bitselect(betas, others, isBelow)), 4 * BLOCK_BYTES);
    if (hasGradient) {
      v128.store(here, v128.and(a, isBelow), BLOCK_BYTES);
      v128.store(here, v128.bitselect(t, one, isBelow), 5 * BLOCK_BYTES);
    }
  }
  keepBeforeLoop(v128.xor(v128.xor(one, p0), v128.xor(v128.xor(p1, p2), v128.xor(p3, p4))));
}

/** f, s and k log 2 of M behind the other arrays: where k is 0, f is v itself. */
function logPartsOfMixtures(count: i32, arrays: usize): void {
  const zero = opaqueZero(count);
  const one = constant(1.0, zero);
  const two = constant(2.0, zero);
  const ln2 = constant(LN2_IN_PLACE, zero);
  const half = v128.or(i32x4.splat(HALF), zero);
  const exponent = v128.or(i32x4.splat(EXPONENT), zero);
  const bytes = <usize>count << 2;
  for (let at: usize = 0; at < bytes; at += VECTOR) {
    const here = arrays + at;
    const v = v128.load(here, 3 * BLOCK_BYTES);
    const m = v128.load(here, 4 * BLOCK_BYTES);
    const k = v128.and(i32x4.sub(m, half), exponent);
    const f = v128.bitselect(v, f32x4.sub(i32x4.sub(m, k), one), i32x4.eq(k, zero));
    v128.store(here, f, 6 * BLOCK_BYTES);
    v128.store(here, f32x4.div(f, f32x4.add(f, two)), 7 * BLOCK_BYTES);
    v128.store(here, f32x4.mul(f32x4.convert_i32x4_s(k), ln2), 8 * BLOCK_BYTES);
  }
  keepBeforeLoop(v128.xor(v128.xor(one, two), v128.xor(ln2, v128.xor(half, exponent))));
}

/** From all that to the terms and the gradient. */
function divergences(count: i32, beta: f64, scale: f32, arrays: usize, loss: usize, grad: usize): void {
  const zero = opaqueZero(count);
  const q0 = constant(Q0, zero);
  const q1 = constant(Q1, zero);
  const q2 = constant(Q2, zero);
  const q3 = constant(Q3, zero);
  const minusG = f32x4.splat(<f32>(-<f64>scale * (1.0 - beta)));
  const bytes = <usize>count << 2;
  for (let at: usize = 0; at < bytes; at += VECTOR) {
    const here = arrays + at;
    const b = v128.load(here);
    const v = v128.load(here, 3 * BLOCK_BYTES);
    const m = v128.load(here, 4 * BLOCK_BYTES);
    const f = v128.load(here, 6 * BLOCK_BYTES);
    const s = v128.load(here, 7 * BLOCK_BYTES);
    const k = v128.load(here, 8 * BLOCK_BYTES);
    const correction = f32x4.mul(s, f32x4.sub(f, wideTail(f32x4.mul(s, s), q0, q1, q2, q3)));
    const log = f32x4.add(k, f32x4.sub(f, correction));
    const nearPhi = f32x4.sub(f32x4.mul(v, v), f32x4.mul(m, correction));
    const phi = v128.bitselect(nearPhi, f32x4.sub(f32x4.mul(m, log), v), f32x4.eq(k, zero));
    v128.store(loss + at, f32x4.mul(b, f32x4.sub(v128.load(here, 2 * BLOCK_BYTES), phi)));
    if (grad) {
      const q = f32x4.mul(b, v128.load(here, 5 * BLOCK_BYTES));
      v128.store(grad + at, f32x4.mul(f32x4.mul(q, f32x4.sub(log, v128.load(here, BLOCK_BYTES))), minusG));
    }
  }
  keepBeforeLoop(v128.xor(v128.xor(q0, q1), v128.xor(q2, q3)));
}

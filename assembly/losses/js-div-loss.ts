/**
 * Terms of the generalised Jensen-Shannon divergence of log-probabilities x = log q and y = log p, one per class, and their
 * gradient with respect to x, for 0 < beta < 1:
 *
 *   term = beta p (y - log m) + (1 - beta) q (x - log m),   m = beta p + (1 - beta) q
 *   grad = g (1 - beta) q (x - log m)
 *
 * Where p is near q the two halves of the term cancel to first order. The following form does not cancel. Let b = e^max(x, y) be
 * the greater probability, a = -|y - x|, c the weight of the smaller one (beta where y <= x, else 1 - beta) and d = 1 - c:
 *
 *   E = e^a - 1,  v = c E,      M = 1 + v = d + c e^a,  K = log M = log m - log b
 *   w = d (e^-a - 1),           1 + w = M e^-a,         L = log(1 + w) = K - a = log m - log of the smaller one
 *   term = b (d (v - log(1 + v)) + c e^a (w - log(1 + w)))              both parts are >= 0; the rest vanishes, as c e^a w = -d v
 *   grad = -g b d K where y <= x,  -g b c e^a L where y > x
 *
 * For v > -1/2 and w <= 1, u - log(1 + u) is s (u - z Q) with s = u / (2 + u), as in log-single.ts. Beyond those
 * ranges K comes from M and L from K - a. w itself may overflow, so only its product with h = c e^a is formed: h w = -d
 * v, s = h w / (2 h + h w).
 *
 * Two equal rows give exactly 0. A probability of 0 (a log of -inf) costs 0, whatever the other one is; NaN stays NaN.
 *
 * Called per block by elements.ts: `count` is a multiple of four, at most ELEMENT_BLOCK; `grad` (0: none) may be x. Sources:
 * Liger-Kernel, ops/jsd.py; Lin 1991. Tests: test/losses/js-div-loss.test.ts.
 */
import {
  HIGHEST, LOG2E, LOWEST, MINUS_HI, MINUS_LO, P0, P1, P2, P3, P4, SHIFTER, SIGN, beyondLinear, expOfPartsPass, storeParts,
} from "../math/exp-single";
import { VECTOR, constant, keepBeforeLoop, opaqueZero } from "../math/lanes";
import { EXPONENT, Q0, Q1, Q2, Q3, wideTail } from "../math/log-single";
import { BLOCK_BYTES } from "../math/passes";

/** Bits of 1/2, plus one: k is 0 in (1/2, 1]. */
const HALF: i32 = 0x3f000001;
/** log(2) / 2^23: the exponent is converted to a float without shifting it down first. */
const LN2_IN_PLACE: f32 = 8.262958294867817e-8; // 0x1.62e43p-24

// offsets of the temporary arrays in `scratch`
const B: usize = 0;
const A: usize = BLOCK_BYTES;
/** v and h; first the parts of e^a. */
const V: usize = 2 * BLOCK_BYTES;
const H: usize = 3 * BLOCK_BYTES;
/** d and h w; first the parts of b. */
const D: usize = 4 * BLOCK_BYTES;
const HW: usize = 5 * BLOCK_BYTES;
/** f, s and k log 2 of M; F first holds M. */
const F: usize = 6 * BLOCK_BYTES;
const S: usize = 7 * BLOCK_BYTES;
const K: usize = 8 * BLOCK_BYTES;
/** s of w. */
const SW: usize = 9 * BLOCK_BYTES;

export function jsDivBlock(
  x: usize, y: usize, count: i32, beta: f64, scale: f32, loss: usize, grad: usize, scratch: usize,
): void {
  distances(x, y, count, scratch);
  expOfPartsPass(scratch + D, scratch + HW, count, scratch + B);
  mixtures(x, y, count, beta, scratch);
  quotients(count, scratch);
  divergences(x, y, count, scale, loss, grad, scratch);
}

/** a, clamped where e^a is 0, and the parts of e^a and of e^max(x, y). */
function distances(x: usize, y: usize, count: i32, scratch: usize): void {
  const zero = opaqueZero(count);
  const lowest = constant(LOWEST, zero);
  const highest = constant(HIGHEST, zero);
  const log2e = constant(LOG2E, zero);
  const shifter = constant(SHIFTER, zero);
  const minusHi = constant(MINUS_HI, zero);
  const minusLo = constant(MINUS_LO, zero);
  const sign = v128.or(i32x4.splat(SIGN), zero);
  const bytes = <usize>count << 2;
  for (let at: usize = 0; at < bytes; at += VECTOR) {
    const here = scratch + at;
    const xs = v128.load(x + at);
    const ys = v128.load(y + at);
    const greater = f32x4.pmin(f32x4.pmax(f32x4.pmax(xs, ys), lowest), highest);
    storeParts(greater, here + D, here + HW, log2e, shifter, minusHi, minusLo);
    // the distance of equal ones is 0, also where both are infinite
    const apart = v128.andnot(f32x4.sub(ys, xs), f32x4.eq(xs, ys));
    const a = f32x4.pmax(v128.or(apart, sign), lowest);
    v128.store(here, a, A);
    storeParts(a, here + V, here + H, log2e, shifter, minusHi, minusLo);
  }
  const used = v128.xor(v128.xor(lowest, highest), v128.xor(log2e, shifter));
  keepBeforeLoop(v128.xor(used, v128.xor(sign, v128.xor(minusHi, minusLo))));
}

/** v, h, d, h w and M from the parts r and 2^n of e^a. */
function mixtures(x: usize, y: usize, count: i32, beta: f64, scratch: usize): void {
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
    const here = scratch + at;
    const r = v128.load(here, V);
    const power = v128.load(here, H);
    const rMinus1 = f32x4.add(r, beyondLinear(r, p0, p1, p2, p3, p4)); // e^r - 1
    const t = f32x4.mul(power, f32x4.add(one, rMinus1));
    const e = f32x4.add(f32x4.mul(power, rMinus1), f32x4.sub(power, one));
    const isAtLeast = f32x4.ge(v128.load(x + at), v128.load(y + at));
    const c = v128.bitselect(betas, others, isAtLeast);
    const d = v128.bitselect(others, betas, isAtLeast);
    const v = f32x4.mul(c, e);
    const h = f32x4.mul(c, t);
    v128.store(here, v, V);
    v128.store(here, h, H);
    v128.store(here, d, D);
    v128.store(here, f32x4.neg(f32x4.mul(d, v)), HW);
    v128.store(here, f32x4.add(d, h), F);
  }
  keepBeforeLoop(v128.xor(v128.xor(one, p0), v128.xor(v128.xor(p1, p2), v128.xor(p3, p4))));
}

/** f, s and k log 2 of M, and s of w; f is v itself where k is 0. */
function quotients(count: i32, scratch: usize): void {
  const zero = opaqueZero(count);
  const one = constant(1.0, zero);
  const two = constant(2.0, zero);
  const ln2 = constant(LN2_IN_PLACE, zero);
  const half = v128.or(i32x4.splat(HALF), zero);
  const exponent = v128.or(i32x4.splat(EXPONENT), zero);
  const bytes = <usize>count << 2;
  for (let at: usize = 0; at < bytes; at += VECTOR) {
    const here = scratch + at;
    const m = v128.load(here, F);
    const k = v128.and(i32x4.sub(m, half), exponent);
    const reduced = f32x4.sub(i32x4.sub(m, k), one);
    const f = v128.bitselect(v128.load(here, V), reduced, i32x4.eq(k, zero));
    v128.store(here, f, F);
    v128.store(here, f32x4.div(f, f32x4.add(f, two)), S);
    v128.store(here, f32x4.mul(f32x4.convert_i32x4_s(k), ln2), K);
    const h = v128.load(here, H);
    const hw = v128.load(here, HW);
    v128.store(here, f32x4.div(hw, f32x4.add(f32x4.add(h, h), hw)), SW);
  }
  keepBeforeLoop(v128.xor(v128.xor(one, two), v128.xor(ln2, v128.xor(half, exponent))));
}

/** The terms and the gradient. */
function divergences(x: usize, y: usize, count: i32, scale: f32, loss: usize, grad: usize, scratch: usize): void {
  const zero = opaqueZero(count);
  const q0 = constant(Q0, zero);
  const q1 = constant(Q1, zero);
  const q2 = constant(Q2, zero);
  const q3 = constant(Q3, zero);
  const minusG = f32x4.splat(-scale);
  const bytes = <usize>count << 2;
  for (let at: usize = 0; at < bytes; at += VECTOR) {
    const here = scratch + at;
    const h = v128.load(here, H);
    const hw = v128.load(here, HW);
    const d = v128.load(here, D);
    const f = v128.load(here, F);
    const s = v128.load(here, S);
    const k = v128.load(here, K);
    const sw = v128.load(here, SW);
    const beyondF = f32x4.mul(s, f32x4.sub(f, wideTail(f32x4.mul(s, s), q0, q1, q2, q3))); // f - log(1 + f)
    const log = f32x4.add(k, f32x4.sub(f, beyondF)); // K
    const nearW = f32x4.mul(sw, f32x4.sub(hw, f32x4.mul(h, wideTail(f32x4.mul(sw, sw), q0, q1, q2, q3)))); // h (w - L)
    const far = f32x4.mul(h, f32x4.sub(log, v128.load(here, A))); // h L
    const isNear = f32x4.le(hw, h);
    const beyondW = v128.bitselect(nearW, f32x4.sub(hw, far), isNear);
    const beyondV = v128.bitselect(beyondF, f32x4.sub(v128.load(here, V), log), f32x4.eq(k, zero));
    const b = v128.load(here, B);
    v128.store(loss + at, f32x4.mul(b, f32x4.add(f32x4.mul(d, beyondV), beyondW)));
    if (grad) {
      const ofSmaller = v128.bitselect(f32x4.sub(hw, nearW), far, isNear);
      const isAtLeast = f32x4.ge(v128.load(x + at), v128.load(y + at));
      const slope = v128.bitselect(f32x4.mul(d, log), ofSmaller, isAtLeast);
      v128.store(grad + at, f32x4.mul(f32x4.mul(b, slope), minusG));
    }
  }
  keepBeforeLoop(v128.xor(v128.xor(q0, q1), v128.xor(q2, q3)));
}

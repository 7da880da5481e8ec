/**
 * Binary cross-entropy of probabilities p in [0, 1] with targets y, and its gradients (elements.ts applies the weights):
 *
 *   loss            = -(y max(log p, -100) + (1 - y) max(log(1 - p), -100))
 *   grad            = g (p - y) / max(p (1 - p), 1e-12)
 *   target gradient = g (log(1 - p) - log p)              unclamped
 *
 * Both logarithms are taken of 2^24 p and 2^24 (1 - p), which are normal numbers or 0; at 0 they are -104.7, -100 after the
 * clamp. 1 - p rounds where p < 1/2. The part lost, (1 - (1 - p)) - p, is added back to f. Below p = 0.29 this makes f exactly
 * -p; between 0.29 and 1/2, where f is twice as large, half of the part stays lost, 3e-8 of the logarithm.
 *
 * A block whose targets are all 0 or 1 takes one logarithm per element, of p or of 1 - p. The bits are the same, because the
 * other logarithm is multiplied by 0.
 *
 * Called per block by elements.ts: `count` is a multiple of four, at most ELEMENT_BLOCK; `grad` (0: none) may be p, `targetGrad`
 * (0: none) may be y. Source: PyTorch, torch.nn.functional.binary_cross_entropy. Tests: test/losses/elements.test.ts.
 */
import { VECTOR, constant, keepBeforeLoop, multiplyAdd, opaqueZero } from "../math/lanes";
import {
  EXPONENT, HI_IN_PLACE, R0, R1, R2, REST, SQRT_HALF_UP, TWICE_UP, UP, logBesideK,
} from "../math/log-single";
import { BLOCK_BYTES } from "../math/passes";

export function binaryCrossEntropyBlock(
  p: usize, y: usize, count: i32, scale: f32, loss: usize, grad: usize, targetGrad: usize, scratch: usize,
): void {
  if (!targetGrad && areHard(y, count)) {
    partsOf(p, y, count, scratch, true);
    lossesOfParts(p, y, count, scale, loss, grad, 0, scratch, true);
  } else {
    partsOf(p, y, count, scratch, false);
    lossesOfParts(p, y, count, scale, loss, grad, targetGrad, scratch, false);
  }
}

/** Whether all targets are 0 or 1. */
function areHard(y: usize, count: i32): bool {
  const zero = f32x4.splat(0.0);
  const one = f32x4.splat(1.0);
  const end = y + (<usize>count << 2);
  for (; y < end; y += VECTOR) {
    const ys = v128.load(y);
    if (!i32x4.all_true(v128.or(f32x4.eq(ys, zero), f32x4.eq(ys, one)))) return false;
  }
  return true;
}

/**
 * Writes s and k HI (log-single.ts) of p to `out`, and those of 1 - p to the next two arrays. With `isHard` there is one pair: of
 * p where y is 1, of 1 - p where y is 0. `isHard` is a literal at each call, so each call compiles to a loop of its own.
 */
// @ts-ignore: decorator
@inline
function partsOf(p: usize, y: usize, count: i32, out: usize, isHard: bool): void {
  const zero = opaqueZero(count);
  const up = constant(UP, zero);
  const twiceUp = constant(TWICE_UP, zero);
  const hi = constant(HI_IN_PLACE, zero);
  const base = v128.or(i32x4.splat(SQRT_HALF_UP), zero);
  const exponent = v128.or(i32x4.splat(EXPONENT), zero);
  const bytes = <usize>count << 2;
  for (let at: usize = 0; at < bytes; at += VECTOR) {
    const u = multiplyAdd(v128.load(p + at), up, zero); // + 0 turns -0 into 0
    const notU = f32x4.sub(up, u);
    const lost = f32x4.sub(f32x4.sub(up, notU), u);
    if (isHard) {
      const isOne = f32x4.ne(v128.load(y + at), zero);
      const part = v128.bitselect(u, notU, isOne);
      storeParts(part, v128.andnot(lost, isOne), out + at, up, twiceUp, hi, base, exponent);
    } else {
      storeParts(u, zero, out + at, up, twiceUp, hi, base, exponent);
      storeParts(notU, lost, out + at + 2 * BLOCK_BYTES, up, twiceUp, hi, base, exponent);
    }
  }
  keepBeforeLoop(v128.xor(v128.xor(up, twiceUp), v128.xor(hi, v128.xor(base, exponent))));
}

/** Writes s and k HI of 2^-24 (u + lost). */
// @ts-ignore: decorator
@inline
function storeParts(
  u: v128, lost: v128, out: usize, up: v128, twiceUp: v128, hi: v128, base: v128, exponent: v128,
): void {
  const e = v128.and(i32x4.sub(u, base), exponent);
  const f = f32x4.add(f32x4.sub(i32x4.sub(u, e), up), lost);
  v128.store(out, f32x4.div(f, f32x4.add(f, twiceUp)));
  v128.store(out, f32x4.mul(f32x4.convert_i32x4_s(e), hi), BLOCK_BYTES);
}

/** Losses and gradients from the parts that partsOf left in `scratch`. */
// @ts-ignore: decorator
@inline
function lossesOfParts(
  p: usize, y: usize, count: i32, scale: f32, loss: usize, grad: usize, targetGrad: usize, scratch: usize, isHard: bool,
): void {
  const zero = opaqueZero(count);
  const one = constant(1.0, zero);
  const two = constant(2.0, zero);
  const rest = constant(REST, zero);
  const r0 = constant(R0, zero);
  const r1 = constant(R1, zero);
  const r2 = constant(R2, zero);
  const leastLog = constant(-100.0, zero);
  const leastVariance = constant(1e-12, zero);
  const g = f32x4.splat(scale);
  const bytes = <usize>count << 2;
  for (let at: usize = 0; at < bytes; at += VECTOR) {
    const parts = scratch + at;
    const k = v128.load(parts, BLOCK_BYTES);
    const log = f32x4.add(k, logBesideK(v128.load(parts), k, two, rest, r0, r1, r2));
    let cost = f32x4.pmax(log, leastLog);
    const ys = v128.load(y + at);
    let notLog = log;
    if (!isHard) {
      const notK = v128.load(parts, 3 * BLOCK_BYTES);
      notLog = f32x4.add(notK, logBesideK(v128.load(parts, 2 * BLOCK_BYTES), notK, two, rest, r0, r1, r2));
      cost = multiplyAdd(ys, cost, f32x4.mul(f32x4.sub(one, ys), f32x4.pmax(notLog, leastLog)));
    }
    // 0 - x, not -x: a certain element costs 0, never -0
    v128.store(loss + at, f32x4.sub(zero, cost));
    const ps = v128.load(p + at);
    if (grad) {
      const variance = f32x4.pmax(f32x4.mul(ps, f32x4.sub(one, ps)), leastVariance);
      v128.store(grad + at, f32x4.mul(f32x4.div(f32x4.sub(ps, ys), variance), g));
    }
    if (!isHard && targetGrad) {
      const least = f32x4.splat(-Infinity);
      const exact = v128.bitselect(least, log, f32x4.eq(ps, zero));
      const notExact = v128.bitselect(least, notLog, f32x4.eq(ps, one));
      v128.store(targetGrad + at, f32x4.mul(f32x4.sub(notExact, exact), g));
    }
  }
  const used = v128.xor(v128.xor(one, two), v128.xor(rest, v128.xor(leastLog, leastVariance)));
  keepBeforeLoop(v128.xor(used, v128.xor(r0, v128.xor(r1, r2))));
}

/**
 * Kullback-Leibler divergence per element, and its gradients:
 *
 *   targets t       loss = t (log t - x)                  grad = -g t    target gradient = g (log t + 1 - x)
 *   targets log t   loss = t (log t - x), t = e^(log t)   grad = -g t    target gradient = g t (log t + 1 - x)
 *
 * A target probability of 0 gives 0 for every x but NaN. Called per block by elements.ts: `count` is a multiple of four, at most
 * ELEMENT_BLOCK; `grad` (0: none) may be x, `targetGrad` (0: none) may be y. Tests: test/losses/elements.test.ts.
 */
import { P0, P1, P2, P3, P4, expOfParts, expParts } from "../math/exp-single";
import { VECTOR, constant, keepBeforeLoop, opaqueZero } from "../math/lanes";
import { R0, R1, R2, REST, logBesideK, logParts } from "../math/log-single";
import { BLOCK_BYTES } from "../math/passes";

/** `product`, or 0 where the probability is 0 and `other` is not NaN. */
// @ts-ignore: decorator
@inline
function share(probability: v128, other: v128, product: v128, zero: v128): v128 {
  return v128.and(product, v128.or(f32x4.ne(probability, zero), f32x4.ne(other, other)));
}

/**
 * 0 times an infinite difference is NaN and should be 0. Masking every product would take a fifth of the second pass. A caller
 * that sums the losses therefore sets `isMended`, and calls klDivMend on them only if their sum is NaN. klDivMend reads x and the
 * targets, so no gradient may have overwritten them.
 */
export function klDivBlock(
  x: usize, t: usize, count: i32, scale: f32, loss: usize, grad: usize, targetGrad: usize, isMended: bool, scratch: usize,
): void {
  logParts(t, count, scratch, scratch + BLOCK_BYTES);
  const zero = opaqueZero(count);
  const two = constant(2.0, zero);
  const rest = constant(REST, zero);
  const r0 = constant(R0, zero);
  const r1 = constant(R1, zero);
  const r2 = constant(R2, zero);
  const minusG = f32x4.splat(-scale);
  const bytes = <usize>count << 2;
  const gradAtOnce: usize = isMended ? grad : 0;
  for (let at: usize = 0; at < bytes; at += VECTOR) {
    const ts = v128.load(t + at);
    const k = v128.load(scratch + at, BLOCK_BYTES);
    // log t - x: the large parts first, whose difference is exact where they cancel
    const beside = logBesideK(v128.load(scratch + at), k, two, rest, r0, r1, r2);
    v128.store(loss + at, f32x4.mul(ts, f32x4.add(f32x4.sub(k, v128.load(x + at)), beside)));
    if (gradAtOnce) v128.store(gradAtOnce + at, f32x4.mul(ts, minusG));
  }
  if (!isMended) {
    klDivMend(x, t, count, loss);
    if (targetGrad) klDivGradients(x, t, bytes, minusG, scratch, grad, targetGrad, zero);
    else if (grad) negatives(t, bytes, minusG, grad);
  }
  keepBeforeLoop(v128.xor(v128.xor(two, rest), v128.xor(r0, v128.xor(r1, r2))));
}

/** Sets the losses of target probabilities of 0 to 0, except where x is NaN. */
export function klDivMend(x: usize, t: usize, count: i32, loss: usize): void {
  const zero = f32x4.splat(0.0);
  const bytes = <usize>count << 2;
  for (let at: usize = 0; at < bytes; at += VECTOR) {
    v128.store(loss + at, share(v128.load(t + at), v128.load(x + at), v128.load(loss + at), zero));
  }
}
/** Both gradients from the parts of log t, in one pass, because each may overwrite an input of the other. */
function klDivGradients(
  x: usize, t: usize, bytes: usize, minusG: v128, parts: usize, grad: usize, targetGrad: usize, zero: v128,
): void {
  const two = f32x4.splat(2.0);
  const rest = f32x4.splat(REST);
  for (let at: usize = 0; at < bytes; at += VECTOR) {
    const xs = v128.load(x + at);
    const ts = v128.load(t + at);
    const k = v128.load(parts + at, BLOCK_BYTES);
    const beside = logBesideK(v128.load(parts + at), k, two, rest, f32x4.splat(R0), f32x4.splat(R1), f32x4.splat(R2));
    // log 0 - x is -Infinity unless x is infinite or NaN
    const least = f32x4.sub(f32x4.splat(-Infinity), xs);
    const difference = v128.bitselect(least, f32x4.add(f32x4.sub(k, xs), beside), f32x4.eq(ts, zero));
    const slope = f32x4.add(difference, f32x4.splat(1.0));
    if (grad) v128.store(grad + at, f32x4.mul(ts, minusG));
    v128.store(targetGrad + at, f32x4.sub(zero, f32x4.mul(slope, minusG)));
  }
}

/** grad = t (-g); `grad` may be x. */
function negatives(t: usize, bytes: usize, minusG: v128, grad: usize): void {
  for (let at: usize = 0; at < bytes; at += VECTOR) v128.store(grad + at, f32x4.mul(v128.load(t + at), minusG));
}

export function klDivLogBlock(
  x: usize, y: usize, count: i32, scale: f32, loss: usize, grad: usize, targetGrad: usize, scratch: usize,
): void {
  const rest = scratch;
  expParts(y, count, 0, rest, scratch + BLOCK_BYTES);
  const zero = opaqueZero(count);
  const one = constant(1.0, zero);
  const p0 = constant(P0, zero);
  const p1 = constant(P1, zero);
  const p2 = constant(P2, zero);
  const p3 = constant(P3, zero);
  const p4 = constant(P4, zero);
  const minusG = f32x4.splat(-scale);
  const bytes = <usize>count << 2;
  for (let at: usize = 0; at < bytes; at += VECTOR) {
    const xs = v128.load(x + at);
    const ys = v128.load(y + at);
    const t = expOfParts(v128.load(rest + at), v128.load(rest + at, BLOCK_BYTES), one, p0, p1, p2, p3, p4);
    const difference = f32x4.sub(ys, xs);
    v128.store(loss + at, share(t, xs, f32x4.mul(t, difference), zero));
    if (grad) v128.store(grad + at, f32x4.mul(t, minusG));
    if (targetGrad) {
      const slope = share(t, xs, f32x4.mul(t, f32x4.add(difference, one)), zero);
      v128.store(targetGrad + at, f32x4.sub(zero, f32x4.mul(slope, minusG)));
    }
  }
  keepBeforeLoop(v128.xor(v128.xor(one, p0), v128.xor(v128.xor(p1, p2), v128.xor(p3, p4))));
}

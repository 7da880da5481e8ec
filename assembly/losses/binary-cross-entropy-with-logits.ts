/**
 * Binary cross-entropy of logits x with targets y, and its gradients:
 *
 *   loss            = (1 - y) sp(x) + v y sp(-x)
 *   grad            = g ((1 - y) s(x) - v y s(-x))
 *   target gradient = g (v sp(-x) - sp(x)),               -g x without v
 *
 * v is posWeight, s the logistic function and sp(x) = log(1 + e^x). With e = e^-|x| and L = log(1 + e): sp(x) = max(x, 0) + L,
 * s(|x|) = 1 / (1 + e), s(-|x|) = e / (1 + e). Nothing cancels, so tiny losses and gradients keep their digits. The loss of -inf
 * is NaN, as is that of +inf where y is 1 (PyTorch gives the same): max(x, 0) is computed as x - min(x, 0), which is NaN at -inf.
 *
 * Called per block by elements.ts: `count` is a multiple of four, at most ELEMENT_BLOCK. `positive` holds v y (y
 * itself without v), `posWeight` v or 0; `grad` (0: none) may be x, `targetGrad` (0: none) may be y. Source: PyTorch,
 * binary_cross_entropy_with_logits.
 * Tests: test/losses/elements.test.ts.
 */
import { P0, P1, P2, P3, P4, SIGN, expOfParts, expParts } from "../math/exp-single";
import { VECTOR, constant, keepBeforeLoop, multiplyAdd, opaqueZero } from "../math/lanes";
import { Q0, Q1, Q2, Q3, log1pOf } from "../math/log-single";
import { BLOCK_BYTES } from "../math/passes";

/** Writes e = e^-|x| to `out`, and e / (2 + e), from which log(1 + e) is computed, to the next array. */
export function logisticParts(x: usize, count: i32, out: usize): void {
  expParts(x, count, SIGN, out, out + BLOCK_BYTES);
  const zero = opaqueZero(count);
  const one = constant(1.0, zero);
  const two = constant(2.0, zero);
  const p0 = constant(P0, zero);
  const p1 = constant(P1, zero);
  const p2 = constant(P2, zero);
  const p3 = constant(P3, zero);
  const p4 = constant(P4, zero);
  const end = out + (<usize>count << 2);
  while (out < end) {
    const e = expOfParts(v128.load(out), v128.load(out, BLOCK_BYTES), one, p0, p1, p2, p3, p4);
    v128.store(out, e);
    v128.store(out, f32x4.div(e, f32x4.add(e, two)), BLOCK_BYTES);
    out += VECTOR;
  }
  const used = v128.xor(v128.xor(one, two), v128.xor(p0, p1));
  keepBeforeLoop(v128.xor(used, v128.xor(p2, v128.xor(p3, p4))));
}

export function binaryCrossEntropyWithLogitsBlock(
  x: usize, y: usize, positive: usize, posWeight: usize, count: i32, scale: f32,
  loss: usize, grad: usize, targetGrad: usize, scratch: usize,
): void {
  logisticParts(x, count, scratch);
  const zero = opaqueZero(count);
  const one = constant(1.0, zero);
  const q0 = constant(Q0, zero);
  const q1 = constant(Q1, zero);
  const q2 = constant(Q2, zero);
  const q3 = constant(Q3, zero);
  const g = f32x4.splat(scale);
  const bytes = <usize>count << 2;
  for (let at: usize = 0; at < bytes; at += VECTOR) {
    const e = v128.load(scratch + at);
    const log = log1pOf(e, v128.load(scratch + at, BLOCK_BYTES), q0, q1, q2, q3);
    const xs = v128.load(x + at);
    const notY = f32x4.sub(one, v128.load(y + at));
    const vy = v128.load(positive + at);
    const negativePart = f32x4.pmin(xs, zero);
    const softplus = f32x4.add(f32x4.sub(xs, negativePart), log);
    const softplusOfMinus = f32x4.sub(log, negativePart);
    v128.store(loss + at, multiplyAdd(notY, softplus, f32x4.mul(vy, softplusOfMinus)));
    if (grad) {
      const isNegative = f32x4.lt(xs, zero);
      const upper = f32x4.mul(notY, v128.bitselect(e, one, isNegative));
      const lower = f32x4.mul(vy, v128.bitselect(one, e, isNegative));
      v128.store(grad + at, f32x4.mul(f32x4.div(f32x4.sub(upper, lower), f32x4.add(one, e)), g));
    }
    if (targetGrad) {
      let slope = f32x4.neg(xs);
      if (posWeight) {
        // max(x, 0) itself: the softplus of -inf is 0 here
        const exact = f32x4.add(f32x4.pmax(zero, xs), log);
        slope = f32x4.sub(f32x4.mul(v128.load(posWeight + at), softplusOfMinus), exact);
      }
      v128.store(targetGrad + at, f32x4.mul(slope, g));
    }
  }
  const used = v128.xor(v128.xor(one, g), v128.xor(q0, q1));
  keepBeforeLoop(v128.xor(used, v128.xor(q2, v128.xor(q3, one))));
}

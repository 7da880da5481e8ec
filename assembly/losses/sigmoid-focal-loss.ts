/**
 * Focal loss of logits x with targets y in [0, 1], and its gradient; p = s(x) is the logistic function, p' = s(-x) = 1 - p:
 *
 *   loss = w m^gamma ce,   w = alpha y + (1 - alpha) (1 - y), 1 for a negative alpha,   m = p (1 - y) + p' y
 *   ce   = (1 - y) sp(x) + y sp(-x)
 *   grad = g w (m^gamma (p (1 - y) - p' y) + gamma m^gamma (p p' / m) (1 - 2 y) ce)
 *
 * p p' / m is at most 1, and is taken as 0 where m is 0. Powers 0, 1 and 2 are products; others are e^(gamma log m) (pow.ts). For
 * e, L and infinite logits see binary-cross-entropy-with-logits.ts.
 *
 * Called per block by elements.ts: `count` is a multiple of four, at most ELEMENT_BLOCK; `grad` (0: none) may be x. Sources:
 * torchvision.ops.sigmoid_focal_loss; Lin et al., 2017. Tests: test/losses/elements.test.ts.
 */
import { VECTOR, constant, keepBeforeLoop, multiplyAdd, opaqueZero } from "../math/lanes";
import { Q0, Q1, Q2, Q3, log1pOf } from "../math/log-single";
import { BLOCK_BYTES } from "../math/passes";
import { powPass } from "../math/pow";
import { logisticParts } from "./binary-cross-entropy-with-logits";

/** m of each element: how wrong the prediction is. */
function modulators(x: usize, y: usize, e: usize, count: i32, out: usize): void {
  const zero = opaqueZero(count);
  const one = constant(1.0, zero);
  const bytes = <usize>count << 2;
  for (let at: usize = 0; at < bytes; at += VECTOR) {
    const ys = v128.load(y + at);
    const es = v128.load(e + at);
    const isNegative = f32x4.lt(v128.load(x + at), zero);
    const upper = f32x4.mul(f32x4.sub(one, ys), v128.bitselect(es, one, isNegative));
    const lower = f32x4.mul(ys, v128.bitselect(one, es, isNegative));
    v128.store(out + at, f32x4.div(f32x4.add(upper, lower), f32x4.add(one, es)));
  }
}

export function sigmoidFocalBlock(
  x: usize, y: usize, count: i32, alpha: f64, gamma: f64, scale: f32, loss: usize, grad: usize, scratch: usize,
): void {
  logisticParts(x, count, scratch);
  const powers = scratch + 2 * BLOCK_BYTES;
  const isWeighted = alpha >= 0.0;
  const isSquare = gamma == 2.0;
  const isProduct = isSquare || gamma == 1.0 || gamma == 0.0;
  if (!isProduct) {
    modulators(x, y, scratch, count, powers);
    powPass(powers, gamma, count, powers, scratch + 3 * BLOCK_BYTES);
  }
  const zero = opaqueZero(count);
  const one = constant(1.0, zero);
  const q0 = constant(Q0, zero);
  const q1 = constant(Q1, zero);
  const q2 = constant(Q2, zero);
  const q3 = constant(Q3, zero);
  const alphas = f32x4.splat(<f32>alpha);
  const notAlphas = f32x4.splat(<f32>(1.0 - alpha));
  const gammas = f32x4.splat(<f32>gamma);
  const g = f32x4.splat(scale);
  const bytes = <usize>count << 2;
  for (let at: usize = 0; at < bytes; at += VECTOR) {
    const xs = v128.load(x + at);
    const ys = v128.load(y + at);
    const e = v128.load(scratch + at);
    const log = log1pOf(e, v128.load(scratch + at, BLOCK_BYTES), q0, q1, q2, q3);
    const notY = f32x4.sub(one, ys);
    const negativePart = f32x4.pmin(xs, zero);
    const softplus = f32x4.add(f32x4.sub(xs, negativePart), log);
    const ce = multiplyAdd(notY, softplus, f32x4.mul(ys, f32x4.sub(log, negativePart)));

    const isNegative = f32x4.lt(xs, zero);
    const r = f32x4.div(one, f32x4.add(one, e));
    const upper = f32x4.mul(f32x4.mul(notY, v128.bitselect(e, one, isNegative)), r);
    const lower = f32x4.mul(f32x4.mul(ys, v128.bitselect(one, e, isNegative)), r);
    const m = f32x4.add(upper, lower);
    let power = one;
    if (isSquare) power = f32x4.mul(m, m);
    else if (isProduct) power = gamma == 0.0 ? one : m;
    else power = v128.load(powers + at);
    const w = isWeighted ? multiplyAdd(alphas, ys, f32x4.mul(notAlphas, notY)) : one;
    v128.store(loss + at, f32x4.mul(f32x4.mul(w, power), ce));
    if (grad) {
      const variance = f32x4.mul(f32x4.mul(e, r), r);
      // gamma m^(gamma - 1) p (1 - p)
      let fall = f32x4.mul(f32x4.mul(gammas, m), variance);
      if (!isSquare) {
        const ratio = v128.and(f32x4.div(variance, m), f32x4.gt(m, zero));
        fall = f32x4.mul(f32x4.mul(gammas, power), ratio);
      }
      const modulation = f32x4.mul(f32x4.mul(fall, f32x4.sub(notY, ys)), ce);
      const slope = multiplyAdd(power, f32x4.sub(upper, lower), modulation);
      v128.store(grad + at, f32x4.mul(f32x4.mul(w, slope), g));
    }
  }
  const used = v128.xor(v128.xor(one, g), v128.xor(q0, q1));
  keepBeforeLoop(v128.xor(used, v128.xor(q2, v128.xor(q3, alphas))));
}

/**
 * Binary cross-entropy of probabilities p in [0, 1] with targets y, and its gradients (weights are the caller's):
 *
 *   loss            = -(y max(log p, -100) + (1 - y) max(log(1 - p), -100))
 *   grad            = g (p - y) / max(p (1 - p), 1e-12)
 *   target gradient = g (log(1 - p) - log p)              unclamped
 *
 * Both logarithms come from 2^24 p and 2^24 (1 - p), which are normal numbers or 0; 0 gives -104.7, and with the clamp -100. 1 - p
 * is rounded where p < 1/2: the part lost, (1 - (1 - p)) - p, is added to f = (1 - p) - 1, which is then exactly -p.
 *
 * Blocks of elements.ts: `count` a multiple of four up to BLOCK; `grad` (0: none) may be p's place, `targetGrad` (0: none) y's.
 * Source: PyTorch, torch.nn.functional.binary_cross_entropy. Tests: test/losses/binary-cross-entropy.test.ts.
 */
import { VECTOR, constant, keepBeforeLoop, multiplyAdd, opaqueZero } from "../math/lanes";
import { EXPONENT, HI_IN_PLACE, Q0, Q1, Q2, Q3, REST, TWICE_UP, UP, wideLogBesideK } from "../math/log-single";
import { BLOCK_BYTES } from "../math/passes";

/** Bits of 2^23, and one more: (2^23, 2^24] is the range whose k is 0. */
// @ts-ignore: decorator
@inline
const HALF_UP: i32 = 0x3f000001 + (24 << 23);

/** s and k HI of p and of 1 - p, one array after the other at `out`. */
function logPartsOfBoth(p: usize, count: i32, out: usize): void {
  const zero = opaqueZero(count);
  const up = constant(UP, zero);
  const twiceUp = constant(TWICE_UP, zero);
  const hi = constant(HI_IN_PLACE, zero);
  const base = v128.or(i32x4.splat(HALF_UP), zero);
  const exponent = v128.or(i32x4.splat(EXPONENT), zero);
  const bytes = <usize>count << 2;
  for (let at: usize = 0; at < bytes; at += VECTOR) {
    const u = multiplyAdd(v128.load(p + at), up, zero); // + 0: -0 is no probability of its own
    const e = v128.and(i32x4.sub(u, base), exponent);
    const f = f32x4.sub(i32x4.sub(u, e), up);
    v128.store(out + at, f32x4.div(f, f32x4.add(f, twiceUp)));
    v128.store(out + at, f32x4.mul(f32x4.convert_i32x4_s(e), hi), BLOCK_BYTES);

    const notU = f32x4.sub(up, u);
    const notE = v128.and(i32x4.sub(notU, base), exponent);
    const lost = f32x4.sub(f32x4.sub(up, notU), u);
    const notF = f32x4.add(f32x4.sub(i32x4.sub(notU, notE), up), lost);
    v128.store(out + at, f32x4.div(notF, f32x4.add(notF, twiceUp)), 2 * BLOCK_BYTES);
    v128.store(out + at, f32x4.mul(f32x4.convert_i32x4_s(notE), hi), 3 * BLOCK_BYTES);
  }
  keepBeforeLoop(v128.xor(v128.xor(up, twiceUp), v128.xor(hi, v128.xor(base, exponent))));
}

export function binaryCrossEntropyBlock(
  p: usize, y: usize, count: i32, scale: f32, loss: usize, grad: usize, targetGrad: usize, scratch: usize,
): void {
  logPartsOfBoth(p, count, scratch);
  const zero = opaqueZero(count);
  const one = constant(1.0, zero);
  const two = constant(2.0, zero);
  const rest = constant(REST, zero);
  const q0 = constant(Q0, zero);
  const q1 = constant(Q1, zero);
  const q2 = constant(Q2, zero);
  const q3 = constant(Q3, zero);
  const leastLog = constant(-100.0, zero);
  const leastVariance = constant(1e-12, zero);
  const g = f32x4.splat(scale);
  const bytes = <usize>count << 2;
  for (let at: usize = 0; at < bytes; at += VECTOR) {
    const parts = scratch + at;
    const k = v128.load(parts, BLOCK_BYTES);
    const notK = v128.load(parts, 3 * BLOCK_BYTES);
    const log = f32x4.add(k, wideLogBesideK(v128.load(parts), k, two, rest, q0, q1, q2, q3));
    const notS = v128.load(parts, 2 * BLOCK_BYTES);
    const notLog = f32x4.add(notK, wideLogBesideK(notS, notK, two, rest, q0, q1, q2, q3));
    const ps = v128.load(p + at);
    const ys = v128.load(y + at);
    const cost = f32x4.mul(f32x4.sub(one, ys), f32x4.pmax(notLog, leastLog));
    // 0 - x and not -x: a certain element costs 0, never -0
    v128.store(loss + at, f32x4.sub(zero, multiplyAdd(ys, f32x4.pmax(log, leastLog), cost)));
    if (grad) {
      const variance = f32x4.pmax(f32x4.mul(ps, f32x4.sub(one, ps)), leastVariance);
      v128.store(grad + at, f32x4.mul(f32x4.div(f32x4.sub(ps, ys), variance), g));
    }
    if (targetGrad) {
      const least = f32x4.splat(-Infinity);
      const exact = v128.bitselect(least, log, f32x4.eq(ps, zero));
      const notExact = v128.bitselect(least, notLog, f32x4.eq(ps, one));
      v128.store(targetGrad + at, f32x4.mul(f32x4.sub(notExact, exact), g));
    }
  }
  const used = v128.xor(v128.xor(one, two), v128.xor(rest, v128.xor(leastLog, leastVariance)));
  keepBeforeLoop(v128.xor(used, v128.xor(v128.xor(q0, q1), v128.xor(q2, q3))));
}

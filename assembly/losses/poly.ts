/**
 * Poly-1 loss: cross-entropy plus epsilon (1 - p_t).
 *
 *   class t:           loss = l + epsilon (1 - p_t),   p_t = e^-l;      its gradient is (1 + epsilon p_t) times that of l
 *   distribution q:    loss = l + epsilon sum_c q_c (1 - p_c)
 *                      grad_c = p_c W - q_c g (1 + epsilon p_c),        W = g (sum q + epsilon sum_c q_c p_c)
 *
 * Tests: test/losses/gradients.test.ts, gradient-bits.test.ts.
 */
import { BLOCK } from "../../src/memory/constants";
import { LOG2E, exp2Double } from "../math/exp";
import { ELEMENT, firstLanes, promoteHigh, storeUpTo, sumDoubles } from "../math/lanes";
import { blockFactor } from "./gradient-rows";
import { rowAt } from "../rows/row";

/** For l below this, 1 - e^-l is computed as a series, because the difference would cancel. */
const SMALL: f64 = 1e-3;

/** f64 loss[rows] += epsilon (1 - e^-loss), and f64 scale[rows] = 1 + epsilon e^-loss. */
export function polyRows(rows: i32, epsilon: f64, loss: usize, scale: usize): void {
  for (let r = 0; r < rows; r++) {
    const l = load<f64>(loss);
    const p = exp2Double(-l * LOG2E);
    const lacks = l < SMALL ? l * (1.0 - (l / 2.0) * (1.0 - (l / 3.0) * (1.0 - l / 4.0))) : 1.0 - p;
    store<f64>(loss, l + epsilon * lacks);
    store<f64>(scale, 1.0 + epsilon * p);
    loss += 8;
    scale += 8;
  }
}

/**
 * f64 lacking[rows] += sum_c q_c (1 - p_c), p_c = e_c factor (relative to its block's ref), factor = 1 / (1 + R). At the row's
 * maximum 1 - p_c is lost = R / (1 + R), which does not cancel.
 *
 * Reads up to 12 bytes past a row.
 */
export function polyLackingRows(
  exps: usize, rows: i32, cols: i32, stride: i32, refs: usize, refStride: i32, max: usize, factor: usize, lost: usize,
  probabilities: usize, probabilityStride: i32, lacking: usize,
): void {
  const one = f64x2.splat(1.0);
  for (let r = 0; r < rows; r++) {
    const single = <usize>r << 2;
    const row = rowAt(exps, r, stride);
    const q = rowAt(probabilities, r, probabilityStride);
    const rowRefs = refs + (<usize>(r * refStride) << 2);
    const m = load<f32>(max + single);
    const ofMax = f64x2.splat(<f64>load<f32>(lost + single));
    let sum = f64x2.splat(0.0);
    for (let c = 0; c < cols; c += BLOCK) {
      const f = f64x2.splat(<f64>blockFactor(load<f32>(factor + single), rowRefs, c, m, 1.0));
      const greatest = f64x2.splat(load<f32>(rowRefs + (<usize>(c / BLOCK) << 2)) == m ? 1.0 : 2.0);
      const end = c + BLOCK < cols ? c + BLOCK : cols;
      for (let i = c; i < end; i += 4) {
        const offset = <usize>i * ELEMENT;
        const lanes = firstLanes(end - i < 4 ? end - i : 4);
        const e = v128.and(v128.load(row + offset), lanes);
        const y = v128.and(v128.load(q + offset), lanes);
        const low = f64x2.promote_low_f32x4(e);
        const high = promoteHigh(e);
        const lacksLow = v128.bitselect(ofMax, f64x2.sub(one, f64x2.mul(low, f)), f64x2.eq(low, greatest));
        const lacksHigh = v128.bitselect(ofMax, f64x2.sub(one, f64x2.mul(high, f)), f64x2.eq(high, greatest));
        sum = f64x2.add(sum, f64x2.mul(f64x2.promote_low_f32x4(y), lacksLow));
        sum = f64x2.add(sum, f64x2.mul(promoteHigh(y), lacksHigh));
      }
    }
    const total = sumDoubles(sum);
    store<f64>(lacking + (<usize>r << 3), load<f64>(lacking + (<usize>r << 3)) + total);
  }
}

/** f32 out_c = p_c whole - q_c share (1 + epsilon p_c); writes nothing past a row. */
export function polyShareRows(
  exps: usize, rows: i32, cols: i32, stride: i32, refs: usize, refStride: i32, max: usize, factor: usize,
  share: usize, whole: usize, epsilon: f32, probabilities: usize, probabilityStride: i32, out: usize, outStride: i32,
): void {
  const one = f32x4.splat(1.0);
  const epsilons = f32x4.splat(epsilon);
  for (let r = 0; r < rows; r++) {
    const single = <usize>r << 2;
    const row = rowAt(exps, r, stride);
    const q = rowAt(probabilities, r, probabilityStride);
    const to = rowAt(out, r, outStride);
    const rowRefs = refs + (<usize>(r * refStride) << 2);
    const m = load<f32>(max + single);
    const g = f32x4.splat(load<f32>(share + single));
    const w = f32x4.splat(load<f32>(whole + single));
    for (let c = 0; c < cols; c += BLOCK) {
      const f = f32x4.splat(blockFactor(load<f32>(factor + single), rowRefs, c, m, 1.0));
      const end = c + BLOCK < cols ? c + BLOCK : cols;
      for (let i = c; i < end; i += 4) {
        const offset = <usize>i * ELEMENT;
        const p = f32x4.mul(v128.load(row + offset), f);
        const shares = f32x4.mul(f32x4.mul(v128.load(q + offset), g), f32x4.add(one, f32x4.mul(epsilons, p)));
        const y = f32x4.sub(f32x4.mul(p, w), shares);
        storeUpTo(to + offset, end - i, y);
      }
    }
  }
}

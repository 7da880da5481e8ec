/**
 * Gradients of rows of many classes, from the exponentials that expRows left (see gradient-scales.ts):
 *
 *   gradientRows          out_c = e_c f_b,   out_t = e_t f_b - H
 *   gradientShareRows     the same minus a_c share,   a_c = (q_c shareOfQ + floor) w_c
 *
 * Here f_b = factor exp((ref_b - m) / T), and ref_b is the maximum that block b was computed with. The columns may be one segment
 * of the row, beginning at class `firstClass`. Reads e, q (0 pointer: 0) and w (0 pointer: 1) up to 12 bytes past a row; writes
 * rows x cols f32 at `outStride` and nothing else; `out` may be `exps`. Ignored rows get exact zeros.
 * Tests: test/kernels/gradient-kernels.test.ts.
 */
import { BLOCK } from "../../src/memory/constants";
import { LOG2E, exp2Double } from "../math/exp";
import { ELEMENT, VECTOR, storeUpTo } from "../math/lanes";
import { isIgnored, rowAt } from "../rows/row";

/**
 * f32 out_c = e_c factor exp((ref - max) / temperature) for rows of many classes, ref the reference of the class's block; at the
 * target plus targetAdd, or targetAdd alone where targetFactor is 0.
 */
export function gradientRows(
  exps: usize, rows: i32, cols: i32, stride: i32, refs: usize, refStride: i32, temperature: f64, max: usize,
  factor: usize, targetFactor: usize, targetAdd: usize, targets: usize, ignoreIndex: i32, firstClass: i32,
  out: usize, outStride: i32,
): void {
  for (let r = 0; r < rows; r++) {
    const single = <usize>r << 2;
    const row = rowAt(exps, r, stride);
    const to = rowAt(out, r, outStride);
    const t = load<i32>(targets + single);
    if (t == ignoreIndex) {
      memory.fill(to, 0, <usize>cols * ELEMENT);
      continue;
    }
    const rowRefs = refs + (<usize>(r * refStride) << 2);
    const m = load<f32>(max + single);
    const f = load<f32>(factor + single);
    // read before the row is overwritten, as out may be exps
    const column = t - firstClass;
    const isHere = <u32>column < <u32>cols;
    const e = isHere ? load<f32>(row + <usize>column * ELEMENT) : 0;
    for (let c = 0; c < cols; ) {
      // a row has few references: scale all blocks with the same one in one run
      const end = endOfRun(rowRefs, c, cols);
      const offset = <usize>c * ELEMENT;
      scaleBlock(row + offset, end - c, blockFactor(f, rowRefs, c, m, temperature), to + offset);
      c = end;
    }
    if (isHere) {
      const atTarget = atTargetOf(e, blockFactor(f, rowRefs, column, m, temperature), targetFactor + single, targetAdd + single);
      store<f32>(to + <usize>column * ELEMENT, atTarget);
    }
  }
}

/** f32 out_c of gradientRows minus a_c share, with a_c = (q_c shareOfQ + floor) w_c. */
export function gradientShareRows(
  exps: usize, rows: i32, cols: i32, stride: i32, refs: usize, refStride: i32, temperature: f64, max: usize,
  factor: usize, targetFactor: usize, targetAdd: usize, targets: usize, ignoreIndex: i32, firstClass: i32,
  share: usize, whole: usize, lost: usize, probabilities: usize, probabilityStride: i32, weight: usize,
  shareOfQ: f32, floor: f32, out: usize, outStride: i32,
): void {
  for (let r = 0; r < rows; r++) {
    const single = <usize>r << 2;
    const row = rowAt(exps, r, stride);
    const q = probabilities ? rowAt(probabilities, r, probabilityStride) : 0;
    const to = rowAt(out, r, outStride);
    const t = targets ? load<i32>(targets + single) : -1;
    if (targets && t == ignoreIndex) {
      memory.fill(to, 0, <usize>cols * ELEMENT);
      continue;
    }
    const rowRefs = refs + (<usize>(r * refStride) << 2);
    const m = load<f32>(max + single);
    const f = load<f32>(factor + single);
    const g = load<f32>(share + single);
    const column = t - firstClass;
    const isHere = targets && <u32>column < <u32>cols;
    const e = isHere ? load<f32>(row + <usize>column * ELEMENT) : 0;
    for (let c = 0; c < cols; c += BLOCK) {
      const offset = <usize>c * ELEMENT;
      const count = cols - c < BLOCK ? cols - c : BLOCK;
      const isOfMax = load<f32>(rowRefs + (<usize>(c / BLOCK) << 2)) == m;
      // e of the row's maximum; 2, which no exponential is, where the block is relative to another one
      const atMax: f32 = isOfMax ? 1.0 : 2.0;
      shareBlock(
        row + offset, count, blockFactor(f, rowRefs, c, m, temperature), g, atMax,
        load<f32>(whole + single), load<f32>(lost + single), q ? q + offset : 0, weight ? weight + offset : 0,
        shareOfQ, floor, to + offset,
      );
    }
    if (isHere) {
      const w: f32 = weight ? load<f32>(weight + <usize>column * ELEMENT) : 1.0;
      const atTarget = atTargetOf(e, blockFactor(f, rowRefs, column, m, temperature), targetFactor + single, targetAdd + single);
      store<f32>(to + <usize>column * ELEMENT, atTarget - floor * w * g);
    }
  }
}

/** End of the run of blocks, from that of class c on, that have the same reference. */
function endOfRun(refs: usize, c: i32, cols: i32): i32 {
  const ref = load<i32>(refs + (<usize>(c / BLOCK) << 2));
  do c += BLOCK;
  while (c < cols && load<i32>(refs + (<usize>(c / BLOCK) << 2)) == ref);
  return c < cols ? c : cols;
}

/** factor exp((ref - m) / T) of the block of class c. */
export function blockFactor(f: f32, refs: usize, c: i32, m: f32, temperature: f64): f32 {
  const ref = load<f32>(refs + (<usize>(c / BLOCK) << 2));
  return ref == m ? f : <f32>(<f64>f * exp2Double(((<f64>ref - <f64>m) * LOG2E) / temperature));
}

/** targetFactor is factor, or 0 where the target is the maximum and targetAdd is the whole value. */
// @ts-ignore: decorator
@inline
function atTargetOf(e: f32, blockFactor: f32, targetFactor: usize, targetAdd: usize): f32 {
  const add = load<f32>(targetAdd);
  return load<f32>(targetFactor) == 0.0 ? add : e * blockFactor + add;
}

function scaleBlock(x: usize, count: i32, f: f32, out: usize): void {
  const factors = f32x4.splat(f);
  const unrolledEnd = x + <usize>(count & ~15) * ELEMENT;
  while (x < unrolledEnd) {
    const a = f32x4.mul(v128.load(x), factors);
    const b = f32x4.mul(v128.load(x, 16), factors);
    const c = f32x4.mul(v128.load(x, 32), factors);
    const d = f32x4.mul(v128.load(x, 48), factors);
    v128.store(out, a);
    v128.store(out, b, 16);
    v128.store(out, c, 32);
    v128.store(out, d, 48);
    x += 4 * VECTOR;
    out += 4 * VECTOR;
  }
  for (let left = count & 15; left > 0; left -= 4) {
    const y = f32x4.mul(v128.load(x), factors);
    storeUpTo(out, left, y);
    x += VECTOR;
    out += VECTOR;
  }
}

/** e f - a g; at the maximum (e = atMax) it is (whole - a g) - lost, which does not cancel where the row is nearly certain. */
function shareBlock(
  x: usize, count: i32, f: f32, g: f32, atMax: f32, whole: f32, lost: f32, q: usize, w: usize,
  shareOfQ: f32, floor: f32, out: usize,
): void {
  for (let i = 0; i < count; i += 4) {
    const left = count - i;
    const offset = <usize>i * ELEMENT;
    const e = v128.load(x + offset);
    let a = f32x4.splat(floor);
    if (q) a = f32x4.add(a, f32x4.mul(v128.load(q + offset), f32x4.splat(shareOfQ)));
    if (w) a = f32x4.mul(a, v128.load(w + offset));
    const shares = f32x4.mul(a, f32x4.splat(g));
    let y = f32x4.sub(f32x4.mul(e, f32x4.splat(f)), shares);
    if (q) {
      const greatest = f32x4.sub(f32x4.sub(f32x4.splat(whole), shares), f32x4.splat(lost));
      y = v128.bitselect(greatest, y, f32x4.eq(e, f32x4.splat(atMax)));
    }
    storeUpTo(out + offset, left, y);
  }
}

/** grad_c *= 1 - (x_c / cap)^2, the softcap's slope, x the logits after the cap; ignored rows stay (`targets` may be 0). */
export function softcapSlope(
  logits: usize, rows: i32, cols: i32, stride: i32, cap: f32, targets: usize, ignoreIndex: i32, grad: usize, gradStride: i32,
): void {
  const inverse = f32x4.splat(1.0 / cap);
  const one = f32x4.splat(1.0);
  for (let r = 0; r < rows; r++) {
    if (isIgnored(targets, r, ignoreIndex)) continue;
    const x = rowAt(logits, r, stride);
    const y = rowAt(grad, r, gradStride);
    for (let i = 0; i < cols; i += 4) {
      const offset = <usize>i * ELEMENT;
      const t = f32x4.mul(v128.load(x + offset), inverse);
      const slope = f32x4.mul(f32x4.sub(one, t), f32x4.add(one, t));
      const values = f32x4.mul(v128.load(y + offset), slope);
      storeUpTo(y + offset, cols - i, values);
    }
  }
}

/**
 * f32 out_c = share scale w_c (logSum - (x_c - max) / temperature), the gradient with respect to probabilities;
 * f64 logSum = log(1 + R).
 *
 * Reads up to 12 bytes past a row; `weight` may be 0.
 */
export function probabilityGradientRows(
  logits: usize, rows: i32, cols: i32, stride: i32, temperature: f64, max: usize, logSum: usize, share: usize, scale: f64,
  weight: usize, out: usize, outStride: i32,
): void {
  const inverse = f32x4.splat(<f32>(1.0 / temperature));
  for (let r = 0; r < rows; r++) {
    const x = rowAt(logits, r, stride);
    const y = rowAt(out, r, outStride);
    const m = load<f32>(max + (<usize>r << 2));
    const maxima = f32x4.splat(m);
    // an infinite maximum makes the whole row NaN
    const l = f32x4.splat(<f32>load<f64>(logSum + (<usize>r << 3)) + (m - m));
    const scales = f32x4.splat(<f32>(<f64>load<f32>(share + (<usize>r << 2)) * scale));
    for (let i = 0; i < cols; i += 4) {
      const offset = <usize>i * ELEMENT;
      const cost = f32x4.add(l, f32x4.mul(f32x4.sub(maxima, v128.load(x + offset)), inverse));
      let values = f32x4.mul(cost, scales);
      if (weight) values = f32x4.mul(values, v128.load(weight + offset));
      storeUpTo(y + offset, cols - i, values);
    }
  }
}

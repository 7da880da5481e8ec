/**
 * Gradients of rows of few classes, from the exponentials that fewRowsTo left in groups of four rows:
 *
 *   out_c = e_c factor,   out_t = e_t targetFactor + targetAdd        (see gradient-scales.ts)
 *
 * Reads the per-row columns rounded up to four rows; writes rows x cols f32 at `outStride` and nothing else. Ignored rows get
 * exact zeros, whatever their exponentials are. `out` must not overlap `exps`. Tests: test/kernels/gradient-kernels.test.ts.
 */
import { ELEMENT, VECTOR } from "../math/lanes";
import { rowAt } from "../rows/row";

/** f32 out_c = e_c factor, and out_t = e_t targetFactor + targetAdd at the target, from exponentials in groups of four rows. */
export function gradientFewRows(
  exps: usize, rows: i32, cols: i32, targets: usize, ignoreIndex: i32, factor: usize, targetFactor: usize, targetAdd: usize,
  out: usize, outStride: i32,
): void {
  const outBytes = <usize>outStride * ELEMENT;
  const groupBytes = <usize>cols * VECTOR;
  const ignored = i32x4.splat(ignoreIndex);
  for (let r = 0; r < rows; r += 4) {
    const single = <usize>r << 2;
    const keep = i32x4.ne(v128.load(targets + single), ignored);
    const factors = v128.load(factor + single);
    const count = rows - r < 4 ? rows - r : 4;
    if (count == 4 && i32x4.all_true(keep)) {
      wholeGroup(exps, cols, factors, out, outBytes);
      targetsOfGroup(exps, targets + single, targetFactor + single, targetAdd + single, out, outBytes);
    } else {
      rowByRow(exps, count, cols, factors, keep, out, outBytes);
      for (let i = 0; i < count; i++) {
        const at = single + (<usize>i << 2);
        const t = load<i32>(targets + at);
        if (t == ignoreIndex) continue;
        const e = load<f32>(exps + <usize>t * VECTOR + (<usize>i << 2));
        store<f32>(out + <usize>i * outBytes + <usize>t * ELEMENT, e * load<f32>(targetFactor + at) + load<f32>(targetAdd + at));
      }
    }
    exps += groupBytes;
    out += 4 * outBytes;
  }
}

/** Scales and transposes a group of four kept rows, four classes at a time. */
// @ts-ignore: decorator
@inline
function wholeGroup(group: usize, cols: i32, factors: v128, q0: usize, outBytes: usize): void {
  let q1 = q0 + outBytes;
  let q2 = q1 + outBytes;
  let q3 = q2 + outBytes;
  const end = group + <usize>(cols & ~3) * VECTOR;
  while (group < end) {
    const e0 = f32x4.mul(v128.load(group), factors);
    const e1 = f32x4.mul(v128.load(group, 16), factors);
    const e2 = f32x4.mul(v128.load(group, 32), factors);
    const e3 = f32x4.mul(v128.load(group, 48), factors);
    const a = v128.shuffle<f32>(e0, e1, 0, 4, 1, 5);
    const b = v128.shuffle<f32>(e0, e1, 2, 6, 3, 7);
    const c = v128.shuffle<f32>(e2, e3, 0, 4, 1, 5);
    const d = v128.shuffle<f32>(e2, e3, 2, 6, 3, 7);
    v128.store(q0, v128.shuffle<f32>(a, c, 0, 1, 4, 5));
    v128.store(q1, v128.shuffle<f32>(a, c, 2, 3, 6, 7));
    v128.store(q2, v128.shuffle<f32>(b, d, 0, 1, 4, 5));
    v128.store(q3, v128.shuffle<f32>(b, d, 2, 3, 6, 7));
    group += 4 * VECTOR;
    q0 += VECTOR;
    q1 += VECTOR;
    q2 += VECTOR;
    q3 += VECTOR;
  }
  if (cols & 2) {
    const e0 = f32x4.mul(v128.load(group), factors);
    const e1 = f32x4.mul(v128.load(group, 16), factors);
    const a = v128.shuffle<f32>(e0, e1, 0, 4, 1, 5);
    const b = v128.shuffle<f32>(e0, e1, 2, 6, 3, 7);
    v128.store64_lane(q0, a, 0);
    v128.store64_lane(q1, a, 1);
    v128.store64_lane(q2, b, 0);
    v128.store64_lane(q3, b, 1);
    group += 2 * VECTOR;
    q0 += 8;
    q1 += 8;
    q2 += 8;
    q3 += 8;
  }
  if (cols & 1) {
    const e = f32x4.mul(v128.load(group), factors);
    v128.store32_lane(q0, e, 0);
    v128.store32_lane(q1, e, 1);
    v128.store32_lane(q2, e, 2);
    v128.store32_lane(q3, e, 3);
  }
}

/** The target classes of a group of four kept rows. */
// @ts-ignore: decorator
@inline
function targetsOfGroup(
  group: usize, targets: usize, targetFactor: usize, targetAdd: usize, q0: usize, outBytes: usize,
): void {
  const t0 = <usize>load<i32>(targets);
  const t1 = <usize>load<i32>(targets, 4);
  const t2 = <usize>load<i32>(targets, 8);
  const t3 = <usize>load<i32>(targets, 12);
  let e = v128.load32_zero(group + t0 * VECTOR);
  e = v128.load32_lane(group + t1 * VECTOR, e, 1, 4);
  e = v128.load32_lane(group + t2 * VECTOR, e, 2, 8);
  e = v128.load32_lane(group + t3 * VECTOR, e, 3, 12);
  const y = f32x4.add(f32x4.mul(e, v128.load(targetFactor)), v128.load(targetAdd));
  v128.store32_lane(q0 + t0 * ELEMENT, y, 0);
  v128.store32_lane(q0 + outBytes + t1 * ELEMENT, y, 1);
  v128.store32_lane(q0 + 2 * outBytes + t2 * ELEMENT, y, 2);
  v128.store32_lane(q0 + 3 * outBytes + t3 * ELEMENT, y, 3);
}

/** The first `count` rows of a group, class by class. */
function rowByRow(group: usize, count: i32, cols: i32, factors: v128, keep: v128, out: usize, outBytes: usize): void {
  for (let c = 0; c < cols; c++) {
    const e = v128.and(f32x4.mul(v128.load(group + <usize>c * VECTOR), factors), keep);
    const to = out + <usize>c * ELEMENT;
    v128.store32_lane(to, e, 0);
    if (count > 1) v128.store32_lane(to + outBytes, e, 1);
    if (count > 2) v128.store32_lane(to + 2 * outBytes, e, 2);
    if (count > 3) v128.store32_lane(to + 3 * outBytes, e, 3);
  }
}

/**
 * Turns exponentials in groups of four rows into rows `outStride` apart, for gradients that need more than one factor per row.
 */
export function ungroupRows(exps: usize, rows: i32, cols: i32, out: usize, outStride: i32): void {
  const all = i32x4.splat(-1);
  const one = f32x4.splat(1.0);
  const outBytes = <usize>outStride * ELEMENT;
  for (let r = 0; r < rows; r += 4) {
    const group = rowAt(exps, r, cols);
    rowByRow(group, rows - r < 4 ? rows - r : 4, cols, one, all, out + <usize>r * outBytes, outBytes);
  }
}

/**
 * Gradients of rows of few classes from the exponentials that fewRowsTo left in groups of four rows:
 *
 *   out_c = e_c factor,   out_t = e_t targetFactor + targetAdd        (see gradient-scales.ts)
 *
 * Reads columns rounded up to four rows; writes rows x cols f32 at `outStride`, nothing else; ignored rows get exact zeros,
 * whatever their exponentials are. `out` must not overlap `exps`. Tests: test/kernels/gradient-kernels.test.ts.
 */
import { ELEMENT, VECTOR } from "../math/lanes";

export function gradientFewRows(
  exps: usize, rows: i32, cols: i32, targets: usize, ignoreIndex: i32, factor: usize, targetFactor: usize, targetAdd: usize,
  out: usize, outStride: i32,
): void {
  const outBytes = <usize>outStride * ELEMENT;
  const lastQuad = <usize>(cols - 4);
  for (let r = 0; r < rows; r += 4) {
    const group = exps + <usize>r * <usize>cols * ELEMENT;
    const single = <usize>r << 2;
    const keep = i32x4.ne(v128.load(targets + single), i32x4.splat(ignoreIndex));
    const factors = v128.load(factor + single);
    const q0 = out + <usize>r * outBytes;
    const count = rows - r < 4 ? rows - r : 4;
    if (count < 4 || cols < 4) rowByRow(group, count, cols, v128.and(factors, keep), keep, q0, outBytes);
    else {
      const q1 = q0 + outBytes;
      const q2 = q1 + outBytes;
      const q3 = q2 + outBytes;
      // the last four classes may overlap the four before them: cheaper than single ones
      for (let c: usize = 0; ; c = c + 4 < lastQuad ? c + 4 : lastQuad) {
        const from = group + c * VECTOR;
        const e0 = v128.and(f32x4.mul(v128.load(from), factors), keep);
        const e1 = v128.and(f32x4.mul(v128.load(from, 16), factors), keep);
        const e2 = v128.and(f32x4.mul(v128.load(from, 32), factors), keep);
        const e3 = v128.and(f32x4.mul(v128.load(from, 48), factors), keep);
        const a = v128.shuffle<f32>(e0, e1, 0, 4, 1, 5);
        const b = v128.shuffle<f32>(e0, e1, 2, 6, 3, 7);
        const d = v128.shuffle<f32>(e2, e3, 0, 4, 1, 5);
        const e = v128.shuffle<f32>(e2, e3, 2, 6, 3, 7);
        const to = c * ELEMENT;
        v128.store(q0 + to, v128.shuffle<f32>(a, d, 0, 1, 4, 5));
        v128.store(q1 + to, v128.shuffle<f32>(a, d, 2, 3, 6, 7));
        v128.store(q2 + to, v128.shuffle<f32>(b, e, 0, 1, 4, 5));
        v128.store(q3 + to, v128.shuffle<f32>(b, e, 2, 3, 6, 7));
        if (c == lastQuad) break;
      }
    }
    for (let i = 0; i < count; i++) {
      const at = single + (<usize>i << 2);
      const t = load<i32>(targets + at);
      if (t == ignoreIndex) continue;
      const e = load<f32>(group + <usize>t * VECTOR + (<usize>i << 2));
      store<f32>(q0 + <usize>i * outBytes + <usize>t * ELEMENT, e * load<f32>(targetFactor + at) + load<f32>(targetAdd + at));
    }
  }
}

/** The first `count` rows of a group, element by element. */
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

/** The same exponentials as rows, `outStride` apart, for what needs more than a factor a row. */
export function ungroupRows(exps: usize, rows: i32, cols: i32, out: usize, outStride: i32): void {
  const all = i32x4.splat(-1);
  const one = f32x4.splat(1.0);
  const outBytes = <usize>outStride * ELEMENT;
  for (let r = 0; r < rows; r += 4) {
    const group = exps + <usize>r * <usize>cols * ELEMENT;
    rowByRow(group, rows - r < 4 ? rows - r : 4, cols, one, all, out + <usize>r * outBytes, outBytes);
  }
}

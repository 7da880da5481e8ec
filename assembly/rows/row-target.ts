/**
 * Target gather, the third of the three textbook kernels: out[r] = x[r, targets[r] - firstClass].
 *
 * Reads i32 targets[rows] and one f32 of each row; writes f32 out[rows]. The `cols` columns may be one segment of the row,
 * beginning at class `firstClass`. A target in another segment leaves out[r] as it is; one equal to `ignoreIndex` gives 0.
 * Nothing outside the row is ever read. Tests: test/kernels/textbook-kernels.test.ts.
 */
import { ELEMENT } from "../math/lanes";

/**
 * f32 out[rows] = x[r, targets[r] - firstClass]; ignored rows get 0, rows whose target is in another segment stay as they are.
 */
export function rowTarget(
  logits: usize, rows: i32, cols: i32, stride: i32, targets: usize, ignoreIndex: i32, firstClass: i32, out: usize,
): void {
  const rowBytes = <usize>stride * ELEMENT;
  const first = i32x4.splat(firstClass);
  const end = i32x4.splat(cols);
  const ignored = i32x4.splat(ignoreIndex);
  let r = 0;
  // four rows whose targets are all kept and in this segment: no branch per row
  for (; r + 4 <= rows; r += 4) {
    const classes = v128.load(targets);
    const columns = i32x4.sub(classes, first);
    if (!i32x4.all_true(v128.and(i32x4.lt_u(columns, end), i32x4.ne(classes, ignored)))) {
      for (let i: usize = 0; i < 16; i += 4) oneTarget(logits + (i >> 2) * rowBytes, cols, targets + i, ignoreIndex, firstClass, out + i);
    } else {
      const offsets = i32x4.shl(columns, 2);
      let x = v128.load32_zero(logits + <usize>i32x4.extract_lane(offsets, 0));
      x = v128.load32_lane(logits + rowBytes + <usize>i32x4.extract_lane(offsets, 1), x, 1);
      x = v128.load32_lane(logits + 2 * rowBytes + <usize>i32x4.extract_lane(offsets, 2), x, 2);
      x = v128.load32_lane(logits + 3 * rowBytes + <usize>i32x4.extract_lane(offsets, 3), x, 3);
      v128.store(out, x);
    }
    logits += 4 * rowBytes;
    targets += 16;
    out += 16;
  }
  for (; r < rows; r++) {
    oneTarget(logits, cols, targets, ignoreIndex, firstClass, out);
    logits += rowBytes;
    targets += 4;
    out += 4;
  }
}

// @ts-ignore: decorator
@inline
function oneTarget(row: usize, cols: i32, targets: usize, ignoreIndex: i32, firstClass: i32, out: usize): void {
  const target = load<i32>(targets);
  const column = target - firstClass;
  if (target == ignoreIndex) store<f32>(out, 0.0);
  else if (<u32>column < <u32>cols) store<f32>(out, load<f32>(row + <usize>column * ELEMENT));
}

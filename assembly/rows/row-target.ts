/**
 * Target gather, the third of the three textbook kernels: out[r] = x[r, targets[r] - firstClass].
 *
 * Reads i32 targets[rows] and one f32 of each row; writes f32 out[rows]. `cols` columns of the row, from class `firstClass`
 * on, are there (a row may be cut into segments): a target in another segment leaves out[r] as it is, one equal to
 * `ignoreIndex` gives 0. Nothing outside the row is ever read. Tests: test/kernels/textbook-kernels.test.ts.
 */
import { ELEMENT } from "../math/lanes";

export function rowTarget(
  logits: usize, rows: i32, cols: i32, stride: i32, targets: usize, ignoreIndex: i32, firstClass: i32, out: usize,
): void {
  for (let r = 0; r < rows; r++) {
    const target = load<i32>(targets + (<usize>r << 2));
    const column = target - firstClass;
    if (target == ignoreIndex) store<f32>(out + (<usize>r << 2), 0.0);
    else if (<u32>column < <u32>cols) {
      store<f32>(out + (<usize>r << 2), load<f32>(logits + (<usize>r * <usize>stride + <usize>column) * ELEMENT));
    }
  }
}

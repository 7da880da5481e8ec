/**
 * Row maximum, the first of the three textbook kernels: max[r] = max_c x[r, c].
 *
 * Reads rows x cols f32 at `stride` elements (and up to 12 bytes past each row), writes f32 max[rows].
 * NaN does not count; an empty row gives -inf. Tests: test/kernels/textbook-kernels.test.ts.
 */
import { blockMax } from "./block";
import { rowAt } from "./row";

/** f32 max[rows] = max_c x_c of each row; NaN does not count. */
export function rowMax(logits: usize, rows: i32, cols: i32, stride: i32, max: usize): void {
  for (let r = 0; r < rows; r++) store<f32>(max + (<usize>r << 2), blockMax(rowAt(logits, r, stride), cols));
}

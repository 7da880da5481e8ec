/**
 * sum[r] += sum_c x[r, c]. Four vectors are added pair by pair in f32, and their sum in f64: converting every element takes
 * twice the time (docs/performance.md), because conversions and additions share two pipes of a processor. The two additional f32
 * roundings are no larger than the one that made each term an f32, and cancel as well in a long sum. Four terms may overflow an
 * f32 where the whole sum does not, so a sum that is not finite is computed again, all in f64.
 *
 * Reads f32 rows x cols at `stride` elements (and up to 12 bytes past each row) and adds to f64 sum[rows], so a row may come in
 * segments. Tests: test/kernels/elements.test.ts.
 */
import { ELEMENT, VECTOR, firstLanes, promoteHigh, sumDoubles } from "../math/lanes";
import { rowAt } from "./row";

/** f64 sum[rows] += sum_c x_c. */
export function rowSum(x: usize, rows: i32, cols: i32, stride: i32, sum: usize): void {
  for (let r = 0; r < rows; r++) {
    const row = rowAt(x, r, stride);
    let total = sumFrom(row, cols, true);
    if (total - total != 0.0) total = sumFrom(row, cols, false);
    store<f64>(sum + (<usize>r << 3), load<f64>(sum + (<usize>r << 3)) + total);
  }
}

function sumFrom(at: usize, cols: i32, byFours: bool): f64 {
  const end = at + <usize>cols * ELEMENT;
  const foursEnd = byFours ? at + <usize>(cols & ~15) * ELEMENT : at;
  let low = f64x2.splat(0.0);
  let high = low;
  while (at < foursEnd) {
    const front = f32x4.add(v128.load(at), v128.load(at, VECTOR));
    const four = f32x4.add(front, f32x4.add(v128.load(at, 2 * VECTOR), v128.load(at, 3 * VECTOR)));
    low = f64x2.add(low, f64x2.promote_low_f32x4(four));
    high = f64x2.add(high, promoteHigh(four));
    at += 4 * VECTOR;
  }
  while (at < end) {
    const few = v128.and(v128.load(at), firstLanes(<i32>((end - at) / ELEMENT)));
    low = f64x2.add(low, f64x2.promote_low_f32x4(few));
    high = f64x2.add(high, promoteHigh(few));
    at += VECTOR;
  }
  const lanes = f64x2.add(low, high);
  return sumDoubles(lanes);
}

/**
 * sum[r] += sum_c x[r, c] in f64: element c goes to the lane c mod 8, the lanes are added in pairs. Reads f32 rows x cols at
 * `stride` elements (and up to 12 bytes past each row), adds to f64 sum[rows], so that a row may come in segments.
 * Tests: test/kernels/elements.test.ts.
 */
import { ELEMENT, VECTOR, firstLanes, promoteHigh } from "../math/lanes";

export function rowSum(x: usize, rows: i32, cols: i32, stride: i32, sum: usize): void {
  for (let r = 0; r < rows; r++) {
    let at = x + <usize>r * <usize>stride * ELEMENT;
    const end = at + <usize>cols * ELEMENT;
    const pairsEnd = at + <usize>(cols & ~7) * ELEMENT;
    let a = f64x2.splat(0.0);
    let b = a;
    let c = a;
    let d = a;
    while (at < pairsEnd) {
      a = f64x2.add(a, f64x2.promote_low_f32x4(v128.load64_zero(at)));
      b = f64x2.add(b, f64x2.promote_low_f32x4(v128.load64_zero(at, 8)));
      c = f64x2.add(c, f64x2.promote_low_f32x4(v128.load64_zero(at, 16)));
      d = f64x2.add(d, f64x2.promote_low_f32x4(v128.load64_zero(at, 24)));
      at += 2 * VECTOR;
    }
    let left = <i32>((end - at) / ELEMENT);
    if (left >= 4) {
      const four = v128.load(at);
      a = f64x2.add(a, f64x2.promote_low_f32x4(four));
      b = f64x2.add(b, promoteHigh(four));
      at += VECTOR;
      left -= 4;
      if (left) {
        const few = v128.and(v128.load(at), firstLanes(left));
        c = f64x2.add(c, f64x2.promote_low_f32x4(few));
        d = f64x2.add(d, promoteHigh(few));
      }
    } else if (left) {
      const few = v128.and(v128.load(at), firstLanes(left));
      a = f64x2.add(a, f64x2.promote_low_f32x4(few));
      b = f64x2.add(b, promoteHigh(few));
    }
    const lanes = f64x2.add(f64x2.add(a, b), f64x2.add(c, d));
    const total = f64x2.extract_lane(lanes, 0) + f64x2.extract_lane(lanes, 1);
    store<f64>(sum + (<usize>r << 3), load<f64>(sum + (<usize>r << 3)) + total);
  }
}

/**
 * The first class with the row's greatest logit, and if the row has NaN the first of those: torch.argmax.
 *
 * For rows whose maximum and rest are known (f32 max, f64 rest of these columns; rest is NaN exactly where a column is), so that
 * it is one search for the first equal number, from the left, that ends where it finds it. `firstClass` is the class of the first
 * column. A row may come in segments: from the second on, earlierMax and earlierRest are those of the classes before (0: none),
 * and argmax[r] is written only where these columns hold something greater, or the first NaN.
 *
 * Reads rows x cols f32 at `stride`, and up to 12 bytes past each row; writes i32 argmax[rows]. Rows whose target is ignoreIndex
 * are neither read nor written; `targets` may be 0. All -inf: the first class. Tests: test/kernels/row-argmax.test.ts.
 */
import { ELEMENT, VECTOR, firstLanes } from "../math/lanes";

export function rowArgmax(
  logits: usize, rows: i32, cols: i32, stride: i32, targets: usize, ignoreIndex: i32, firstClass: i32, max: usize, rest: usize,
  earlierMax: usize, earlierRest: usize, argmax: usize,
): void {
  for (let r = 0; r < rows; r++) {
    const single = <usize>r << 2;
    const double = <usize>r << 3;
    if (targets && load<i32>(targets + single) == ignoreIndex) continue;
    const m = load<f32>(max + single);
    const hasNaN = isNaN(load<f64>(rest + double));
    if (earlierMax) {
      if (isNaN(load<f64>(earlierRest + double))) continue;
      if (!hasNaN && !(m > load<f32>(earlierMax + single))) continue;
    }
    const row = logits + <usize>r * <usize>stride * ELEMENT;
    store<i32>(argmax + single, firstClass + (hasNaN ? firstOf(row, cols, m, true) : firstOf(row, cols, m, false)));
  }
}

/** Index of the first element that is m, or the first NaN. */
// @ts-ignore: decorator
@inline
function firstOf(x: usize, cols: i32, m: f32, nan: bool): i32 {
  const max = f32x4.splat(m);
  let i = 0;
  for (; i + 16 <= cols; i += 16) {
    const low = v128.or(isHit(v128.load(x), max, nan), isHit(v128.load(x, 16), max, nan));
    const high = v128.or(isHit(v128.load(x, 32), max, nan), isHit(v128.load(x, 48), max, nan));
    if (v128.any_true(v128.or(low, high))) break;
    x += 4 * VECTOR;
  }
  for (; i < cols; i += 4) {
    const hit = v128.and(isHit(v128.load(x), max, nan), firstLanes(cols - i < 4 ? cols - i : 4));
    if (v128.any_true(hit)) return i + ctz(i32x4.bitmask(hit));
    x += VECTOR;
  }
  return 0;
}

// @ts-ignore: decorator
@inline
function isHit(x: v128, max: v128, nan: bool): v128 {
  return nan ? f32x4.ne(x, x) : f32x4.eq(x, max);
}

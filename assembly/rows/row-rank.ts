/**
 * The number of classes before the target when a row's logits are sorted, the greatest first and equal ones by index:
 *
 *   rank[r] += |{ c < t : x_c >= x_t }| + |{ c > t : x_c > x_t }|
 *
 * `firstClass` is the class of the first column. A row may come in segments, whose counts add up; the caller supplies f32
 * targetLogit[r] = x_t, as t may be in another segment. NaN is neither greater nor equal.
 *
 * Reads rows x cols f32 at `stride`, and up to 12 bytes past each row, and i32 targets[rows]; adds to i32 rank[rows]. Rows whose
 * target is ignoreIndex are neither read nor written. Sixteen elements per step. Tests: test/kernels/row-rank.test.ts.
 */
import { ELEMENT, VECTOR, firstLanes } from "../math/lanes";
import { rowAt } from "./row";

/** i32 rank[rows] += |{ c < t : x_c >= x_t }| + |{ c > t : x_c > x_t }|, with x_t from targetLogit. */
export function rowRank(
  logits: usize, rows: i32, cols: i32, stride: i32, targets: usize, ignoreIndex: i32, firstClass: i32, targetLogit: usize,
  rank: usize,
): void {
  for (let r = 0; r < rows; r++) {
    const single = <usize>r << 2;
    const target = load<i32>(targets + single);
    if (target == ignoreIndex) continue;
    const row = rowAt(logits, r, stride);
    const x = load<f32>(targetLogit + single);
    const before = min(max(target - firstClass, 0), cols);
    const ahead = countNotLess(row, before, x) + countGreater(row + <usize>before * ELEMENT, cols - before, x);
    store<i32>(rank + single, load<i32>(rank + single) + ahead);
  }
}

function countNotLess(x: usize, cols: i32, bound: f32): i32 {
  return count(x, cols, bound, true);
}

function countGreater(x: usize, cols: i32, bound: f32): i32 {
  return count(x, cols, bound, false);
}

/** Number of elements greater than `least`, or with `orEqual` not less. */
// @ts-ignore: decorator
@inline
function count(x: usize, cols: i32, least: f32, orEqual: bool): i32 {
  const bound = f32x4.splat(least);
  let hits = i32x4.splat(0);
  let otherHits = hits;
  let i = 0;
  for (; i + 16 <= cols; i += 16) {
    hits = i32x4.sub(hits, isAhead(v128.load(x), bound, orEqual));
    otherHits = i32x4.sub(otherHits, isAhead(v128.load(x, 16), bound, orEqual));
    hits = i32x4.sub(hits, isAhead(v128.load(x, 32), bound, orEqual));
    otherHits = i32x4.sub(otherHits, isAhead(v128.load(x, 48), bound, orEqual));
    x += 4 * VECTOR;
  }
  for (; i < cols; i += 4) {
    const lanes = firstLanes(cols - i < 4 ? cols - i : 4);
    hits = i32x4.sub(hits, v128.and(isAhead(v128.load(x), bound, orEqual), lanes));
    x += VECTOR;
  }
  hits = i32x4.add(hits, otherHits);
  const pairs = i32x4.add(hits, v128.shuffle<i32>(hits, hits, 2, 3, 0, 1));
  return i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1);
}

// @ts-ignore: decorator
@inline
function isAhead(x: v128, bound: v128, orEqual: bool): v128 {
  return orEqual ? f32x4.ge(x, bound) : f32x4.gt(x, bound);
}

/**
 * The k greatest logits of each row and their classes, the greatest first, equal ones by index:
 *
 *   values[r, j], ids[r, j]   j = 0 .. k - 1
 *
 * The list stays sorted. The first k elements are inserted one by one. Then whole vectors are compared with the least value of
 * the list, and only greater elements are inserted: about k log(C / k) of C when the logits are in random order. An equal element
 * has a greater index than those in the list, so it stays out. The position is found by bisection, and the values after it move
 * by four words at a time. Elements in ascending order are all inserted, and move k / 2 words each.
 *
 * `firstClass` is the class of the first column. A row may come in segments, the first of which has at least k elements.
 * A row with a NaN leaves a meaningless list.
 *
 * Reads rows x cols f32 at `stride`, and up to 12 bytes past each row; reads and writes f32 values[rows, k], i32 ids[rows, k].
 * Rows whose target is ignoreIndex are neither read nor written; `targets` may be 0. Tests: test/kernels/row-top.test.ts.
 */
import { VECTOR } from "../math/lanes";
import { isIgnored, rowAt } from "./row";

/**
 * f32 values[rows, k] and i32 ids[rows, k] = the k greatest logits and their classes, equal ones by index; merged with those of
 * earlier segments unless firstClass is 0.
 */
export function rowTop(
  logits: usize, rows: i32, cols: i32, stride: i32, targets: usize, ignoreIndex: i32, firstClass: i32, k: i32, values: usize,
  ids: usize,
): void {
  for (let r = 0; r < rows; r++) {
    if (isIgnored(targets, r, ignoreIndex)) continue;
    const list = <usize>(r * k) << 2;
    oneRow(rowAt(logits, r, stride), cols, firstClass, k, values + list, ids + list);
  }
}

function oneRow(row: usize, cols: i32, firstClass: i32, k: i32, values: usize, ids: usize): void {
  let i = 0;
  if (firstClass == 0) for (; i < k; i++) insert(values, ids, i, load<f32>(row + (<usize>i << 2)), i);
  const last = values + (<usize>(k - 1) << 2);
  for (; i + 16 <= cols; i += 16) {
    const x = row + (<usize>i << 2);
    const least = v128.load32_splat(last);
    const low = v128.or(f32x4.gt(v128.load(x), least), f32x4.gt(v128.load(x, VECTOR), least));
    const high = v128.or(f32x4.gt(v128.load(x, 2 * VECTOR), least), f32x4.gt(v128.load(x, 3 * VECTOR), least));
    if (v128.any_true(v128.or(low, high))) offer(row, i, i + 16, firstClass, k, values, ids);
  }
  offer(row, i, cols, firstClass, k, values, ids);
}

/** Inserts the elements from .. to - 1 that are greater than the least of the full list. */
function offer(row: usize, from: i32, to: i32, firstClass: i32, k: i32, values: usize, ids: usize): void {
  const last = values + (<usize>(k - 1) << 2);
  for (let i = from; i < to; i++) {
    const x = load<f32>(row + (<usize>i << 2));
    if (x > load<f32>(last)) insert(values, ids, k - 1, x, firstClass + i);
  }
}

/** Inserts an element after all that are not less into a list of `count`; drops the element at index `count`. */
function insert(values: usize, ids: usize, count: i32, x: f32, id: i32): void {
  let place = 0;
  let end = count;
  while (place < end) {
    const middle = (place + end) >> 1;
    if (load<f32>(values + (<usize>middle << 2)) < x) end = middle;
    else place = middle + 1;
  }
  makeRoom(values, place, count);
  makeRoom(ids, place, count);
  store<f32>(values + (<usize>place << 2), x);
  store<i32>(ids + (<usize>place << 2), id);
}

/** Moves the words from .. to - 1 of a list up by one, the last ones first. */
function makeRoom(list: usize, from: i32, to: i32): void {
  let at = to;
  for (; at - 4 >= from; at -= 4) v128.store(list + (<usize>at << 2) - 12, v128.load(list + (<usize>at << 2) - 16));
  for (; at > from; at--) store<i32>(list + (<usize>at << 2), load<i32>(list + (<usize>at << 2) - 4));
}

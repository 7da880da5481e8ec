/** The address of a row, and whether the row is ignored. */
import { ELEMENT } from "../math/lanes";

/** The address of row r of an f32 matrix whose rows are `stride` elements apart. */
// @ts-ignore: decorator
@inline
export function rowAt(rows: usize, r: i32, stride: i32): usize {
  return rows + <usize>r * <usize>stride * ELEMENT;
}

/** Whether the target of row r is ignoreIndex; `targets` 0: none is. */
// @ts-ignore: decorator
@inline
export function isIgnored(targets: usize, r: i32, ignoreIndex: i32): bool {
  return targets != 0 && load<i32>(targets + (<usize>r << 2)) == ignoreIndex;
}

/** A block of a row, which fits in L1: its maximum, and whether it holds a NaN. Its exp-sum is in exp-sum.ts. */
import { ELEMENT, VECTOR, firstLanes, maxLane } from "../math/lanes";

/** max_c x_c; -inf if there is no element. Reads `count` elements, and up to 12 bytes past them. NaN does not count. */
export function blockMax(x: usize, count: i32): f32 {
  const minusInfinity = f32x4.splat(-Infinity);
  let a = minusInfinity;
  let b = minusInfinity;
  let c = minusInfinity;
  let d = minusInfinity;
  const end = x + <usize>count * ELEMENT;
  const unrolledEnd = x + <usize>(count & ~31) * ELEMENT;
  const vectorEnd = x + <usize>(count & ~3) * ELEMENT;
  // pmax(m, x), not max: 5x fewer cycles on x86
  while (x < unrolledEnd) {
    a = f32x4.pmax(a, v128.load(x));
    b = f32x4.pmax(b, v128.load(x, 16));
    c = f32x4.pmax(c, v128.load(x, 32));
    d = f32x4.pmax(d, v128.load(x, 48));
    a = f32x4.pmax(a, v128.load(x, 64));
    b = f32x4.pmax(b, v128.load(x, 80));
    c = f32x4.pmax(c, v128.load(x, 96));
    d = f32x4.pmax(d, v128.load(x, 112));
    x += 8 * VECTOR;
  }
  while (x < vectorEnd) {
    a = f32x4.pmax(a, v128.load(x));
    x += VECTOR;
  }
  if (x < end) b = f32x4.pmax(b, v128.bitselect(v128.load(x), minusInfinity, firstLanes(<i32>((end - x) / ELEMENT))));
  return maxLane(f32x4.pmax(f32x4.pmax(a, b), f32x4.pmax(c, d)));
}

/** Whether any of the elements is NaN. */
export function blockHasNaN(x: usize, count: i32): bool {
  let nan = i32x4.splat(0);
  for (let i = 0; i < count; i += 4) {
    const left = count - i;
    const values = v128.bitselect(v128.load(x), i32x4.splat(0), firstLanes(left < 4 ? left : 4));
    nan = v128.or(nan, f32x4.ne(values, values));
    x += VECTOR;
  }
  return v128.any_true(nan);
}

/**
 * Index of the first of `count` f32 that is not a probability (less than 0, more than 1 or NaN), or -1.
 *
 * Compared as unsigned integers, the floats of [0, 1] are at most the bits of 1 and all others are greater. (So is -0, which the
 * second loop accepts.) So a maximum decides whether there is anything to find. Tests: test/kernels/elements.test.ts.
 */
import { ELEMENT, VECTOR } from "../math/lanes";

const ONE_BITS: i32 = 0x3f800000;

/** Index of the first of `count` f32 that is not in [0, 1], or -1. */
export function firstOutside(x: usize, count: i32): i32 {
  let a = i32x4.splat(0);
  let b = a;
  let at = x;
  const pairsEnd = x + <usize>(count & ~7) * ELEMENT;
  while (at < pairsEnd) {
    a = i32x4.max_u(a, v128.load(at));
    b = i32x4.max_u(b, v128.load(at, 16));
    at += 2 * VECTOR;
  }
  // the scalar loop checks the last elements, and all of them if any may be outside
  if (v128.any_true(i32x4.gt_u(i32x4.max_u(a, b), i32x4.splat(ONE_BITS)))) at = x;
  const end = x + <usize>count * ELEMENT;
  for (; at < end; at += ELEMENT) {
    const p = load<f32>(at);
    if (!(p >= 0.0 && p <= 1.0)) return <i32>((at - x) / ELEMENT);
  }
  return -1;
}

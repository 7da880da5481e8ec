/**
 * Lane helpers that the kernels share: fused or plain multiply-add, opaque constants, tails, transposed reductions.
 *
 * Pointers are named for what they point at; `count`, `rows` and `cols` count elements.
 */

/** Bytes of one f32 element. */
export const ELEMENT: usize = 4;

/** Bytes of one vector of four f32. */
export const VECTOR: usize = 16;

/** a b + c in each lane: one rounding where the relaxed build runs on FMA hardware, two in the plain build. */
// @ts-ignore: decorator
@inline
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** a b + c in f64 lanes. */
// @ts-ignore: decorator
@inline
export function multiplyAddDoubles(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f64x2.relaxed_madd(a, b, c);
  return f64x2.add(f64x2.mul(a, b), c);
}

/**
 * All zero bits, opaque to the compiler: `count` is never negative, but only the caller knows that. V8 (Node 24) folds a literal
 * splat into an immediate and rebuilds it from a general register at every use inside a loop: 1.15 against 0.60 ns per element. A
 * literal or-ed with this zero before the loop stays in its register.
 */
// @ts-ignore: decorator
@inline
export function opaqueZero(count: i32): v128 {
  return i32x4.splat(count >> 31);
}

/** A constant in all lanes, kept in a register (see opaqueZero). */
// @ts-ignore: decorator
@inline
export function constant(value: f32, zero: v128): v128 {
  return v128.or(f32x4.splat(value), zero);
}

/** An f64 constant in both lanes, kept in a register or at least computed only once (see opaqueZero). */
// @ts-ignore: decorator
@inline
export function doubleConstant(value: f64, zero: v128): v128 {
  return v128.or(f64x2.splat(value), zero);
}

/**
 * Called after a loop with the exclusive or of its constants. V8 (Node 20) moves a value down to the latest point that its uses
 * allow. If a single loop has all uses, that is inside the loop, where the value is computed again at every step. A use after the
 * loop keeps it in front. The condition is never true, but no compiler can know that.
 */
// @ts-ignore: decorator
@inline
export function keepBeforeLoop(constants: v128): void {
  if (!v128.any_true(constants)) unreachable();
}

/** All ones in the first `count` (0..4) lanes. */
// @ts-ignore: decorator
@inline
export function firstLanes(count: i32): v128 {
  return i32x4.gt_s(i32x4.splat(count), i32x4(0, 1, 2, 3));
}

/** [max of a, max of b, max of c, max of d]: a 4x4 transpose folded into two halving steps. */
// @ts-ignore: decorator
@inline
export function maxOfEach(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.pmax(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.pmax(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.pmax(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}

/** The two upper f32 lanes as f64. */
// @ts-ignore: decorator
@inline
export function promoteHigh(a: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i64>(a, a, 1, 1));
}

/** The four f32 lanes added to two f64 lanes: lane 0 + 2, lane 1 + 3. */
// @ts-ignore: decorator
@inline
export function foldToDouble(a: v128): v128 {
  return f64x2.add(f64x2.promote_low_f32x4(a), promoteHigh(a));
}

/** Sum of the two f64 lanes. */
// @ts-ignore: decorator
@inline
export function sumDoubles(a: v128): f64 {
  return f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1);
}

/** Sum of the four f32 lanes, in f64. */
// @ts-ignore: decorator
@inline
export function sumLanes(a: v128): f64 {
  return sumDoubles(foldToDouble(a));
}

/** Greatest of the four f32 lanes; NaN lanes do not count. */
// @ts-ignore: decorator
@inline
export function maxLane(a: v128): f32 {
  const pair = f32x4.pmax(a, v128.shuffle<f32>(a, a, 2, 3, 2, 3));
  return f32x4.extract_lane(f32x4.pmax(pair, v128.shuffle<f32>(pair, pair, 1, 1, 1, 1)), 0);
}

/** Stores the first `count` (1..3) lanes. */
// @ts-ignore: decorator
@inline
export function storeFirst(out: usize, count: i32, values: v128): void {
  v128.store32_lane(out, values, 0);
  if (count > 1) v128.store32_lane(out, values, 1, 4);
  if (count > 2) v128.store32_lane(out, values, 2, 8);
}

/** Stores four lanes, or the first `left` where fewer are left. */
// @ts-ignore: decorator
@inline
export function storeUpTo(out: usize, left: i32, values: v128): void {
  if (left < 4) storeFirst(out, left, values);
  else v128.store(out, values);
}

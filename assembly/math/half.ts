/**
 * 16-bit floats to f32 and back. Every value of both formats is an f32, so widening is exact. Narrowing rounds to nearest, ties
 * to even; values beyond the greatest one become infinite, and NaN stays NaN.
 *
 *   float16    s eeeee ffffffffff     value 2^(e - 15) (1 + f / 1024), subnormal 2^-24 f
 *   bfloat16   s eeeeeeee fffffff     the upper half of an f32
 *
 * Widening reads `count` words and at most 6 bytes past the last one; it writes f32, rounded up to vectors of four. The words may
 * lie in the upper half of the output, at `out` + 2 ceil8(count) bytes, where no store reaches a word that is still to be read.
 * Narrowing reads whole vectors of f32 and writes exactly `count` words; `out` may be `values`. Pointers need no alignment.
 *
 * An f32 is interleaved from two vectors of 16-bit lanes, its upper and its lower halves: eight elements per instruction, where
 * 32-bit lanes would give four.
 *
 * Tests: test/kernels/half.test.ts, every word when widened; ties, subnormals and the ends of the ranges when narrowed.
 */
import { VECTOR, constant, keepBeforeLoop, opaqueZero } from "./lanes";

/**
 * Words that are read once before they are widened: 32 KB. Main memory delivers its full rate when it is only read, but not while
 * twice as much is written beside it: 0.12 instead of 0.20 ns per element in all.
 */
const PART: i32 = 16384;

/** Words of a float16 block, which is widened by one of two loops; a part has 32 blocks. */
const BLOCK: i32 = 512;

/** The difference of the exponent biases of f32 and float16, 112, in position in the upper half of an f32. */
const REBIAS: i16 = 0x3800;

/** f32 of the first four pairs of halves. */
// @ts-ignore: decorator
@inline
function lowPairs(lower: v128, upper: v128): v128 {
  return v128.shuffle<u16>(lower, upper, 0, 8, 1, 9, 2, 10, 3, 11);
}

// @ts-ignore: decorator
@inline
function highPairs(lower: v128, upper: v128): v128 {
  return v128.shuffle<u16>(lower, upper, 4, 12, 5, 13, 6, 14, 7, 15);
}

/** A 16-bit constant in all lanes, kept in a register (see opaqueZero). */
// @ts-ignore: decorator
@inline
function lanes16(value: i16, zero: v128): v128 {
  return v128.or(i16x8.splat(value), zero);
}

/** Eight words, or the first four if `count` <= 4, so that no load reaches more than 6 bytes past the last word. */
// @ts-ignore: decorator
@inline
function loadWords(words: usize, count: i32): v128 {
  return count > 4 ? v128.load(words) : v128.load64_zero(words);
}

/**
 * f32 out = the bfloat16 words, exactly; `count` elements rounded up to four; the words may lie in the upper half of `out`.
 *
 * A bfloat16 is an f32 without its lower half. Widening costs no more than its stores.
 */
export function bfloat16ToFloat32(words: usize, count: i32, out: usize): void {
  // words inside `out` were copied there just now, so they are in the cache
  const isApart = words < out || words >= out + (<usize>count << 2);
  while (count > 0) {
    const part = min(PART, count);
    if (isApart) fetch(words, part);
    widenPart(words, part, out);
    words += <usize>part << 1;
    out += <usize>part << 2;
    count -= part;
  }
}

/** Reads one word per 64 bytes, to bring the others into the cache. */
function fetch(words: usize, count: i32): void {
  let read: i32 = 0;
  for (let i = 0; i < count; i += 32) read |= <i32>load<u16>(words + (<usize>i << 1));
  if (read < 0) unreachable(); // never true; keeps the loads alive
}

function widenPart(words: usize, count: i32, out: usize): void {
  const zero = opaqueZero(count);
  for (; count >= 16; count -= 16) {
    widenBfloat16(v128.load(words), zero, out);
    widenBfloat16(v128.load(words, VECTOR), zero, out + 2 * VECTOR);
    words += 2 * VECTOR;
    out += 4 * VECTOR;
  }
  for (; count > 0; count -= 8) {
    const word = loadWords(words, count);
    v128.store(out, lowPairs(zero, word));
    if (count > 4) v128.store(out, highPairs(zero, word), VECTOR);
    words += VECTOR;
    out += 2 * VECTOR;
  }
}

// @ts-ignore: decorator
@inline
function widenBfloat16(word: v128, zero: v128, out: usize): void {
  v128.store(out, lowPairs(zero, word));
  v128.store(out, highPairs(zero, word), VECTOR);
}

/**
 * f32 out = the float16 words, exactly; `count` elements rounded up to four; the words may lie in the upper half of `out`.
 *
 * Blocks of normal numbers, as logits nearly always are, need only another bias. Blocks with a zero, a subnormal, an infinity or
 * a NaN take widenAny: 0.26 instead of 0.11 ns per element. A product with 2^112 would serve both, but it computes with subnormal
 * f32, which are slow, on some processors very slow.
 */
export function float16ToFloat32(words: usize, count: i32, out: usize): void {
  while (count >= 32) {
    const part = min(PART, count & -32);
    let normal = 0; // a bit for each block
    for (let start = 0, bit = 1; start < part; start += BLOCK, bit <<= 1) {
      if (areNormal(words + (<usize>start << 1), min(BLOCK, part - start))) normal |= bit;
    }
    for (let start = 0, bit = 1; start < part; start += BLOCK, bit <<= 1) {
      const block = min(BLOCK, part - start);
      if (normal & bit) widenNormal(words, block, out);
      else widenAny(words, block, out);
      words += <usize>block << 1;
      out += <usize>block << 2;
    }
    count -= part;
  }
  if (count > 0) widenAny(words, count, out);
}

/** Whether 1 <= e <= 30 in all `count` words (a multiple of 32): |word| - 0x0400, which wraps around, is below 0x7800. */
function areNormal(words: usize, count: i32): bool {
  const zero = opaqueZero(count);
  const magnitude = lanes16(0x7fff, zero);
  const least = lanes16(0x0400, zero);
  let even = zero;
  let odd = zero;
  for (; count > 0; count -= 32) {
    even = i16x8.max_u(even, v128.and(i16x8.sub(v128.load(words), least), magnitude));
    odd = i16x8.max_u(odd, v128.and(i16x8.sub(v128.load(words, VECTOR), least), magnitude));
    even = i16x8.max_u(even, v128.and(i16x8.sub(v128.load(words, 2 * VECTOR), least), magnitude));
    odd = i16x8.max_u(odd, v128.and(i16x8.sub(v128.load(words, 3 * VECTOR), least), magnitude));
    words += 4 * VECTOR;
  }
  keepBeforeLoop(v128.xor(magnitude, least));
  return !v128.any_true(i16x8.gt_s(i16x8.max_u(even, odd), i16x8.splat(0x77ff)));
}

/** Widens normal numbers; `count` is a multiple of 32. */
function widenNormal(words: usize, count: i32, out: usize): void {
  const zero = opaqueZero(count);
  const keep = lanes16(<i16>0x8fff, zero);
  const rebias = lanes16(REBIAS, zero);
  for (; count > 0; count -= 32) {
    storeNormal(v128.load(words), keep, rebias, out);
    storeNormal(v128.load(words, VECTOR), keep, rebias, out + 2 * VECTOR);
    storeNormal(v128.load(words, 2 * VECTOR), keep, rebias, out + 4 * VECTOR);
    storeNormal(v128.load(words, 3 * VECTOR), keep, rebias, out + 6 * VECTOR);
    words += 4 * VECTOR;
    out += 8 * VECTOR;
  }
  keepBeforeLoop(v128.xor(keep, rebias));
}

// @ts-ignore: decorator
@inline
function storeNormal(word: v128, keep: v128, rebias: v128, out: usize): void {
  const lower = i16x8.shl(word, 13);
  // the arithmetic shift keeps the sign bit in position; the mask clears its copies
  const upper = i16x8.add(v128.and(i16x8.shr_s(word, 3), keep), rebias);
  v128.store(out, lowPairs(lower, upper));
  v128.store(out, highPairs(lower, upper), VECTOR);
}

/**
 * Widens any words, without computing with a subnormal f32:
 *
 *   e = 31   the bias is added twice, which makes the exponent field 255
 *   e = 0    2^-14 (1 + f / 1024) - 2^-14; then the sign, because the difference would lose that of -0
 */
function widenAny(words: usize, count: i32, out: usize): void {
  const zero = opaqueZero(count);
  const signBit = lanes16(<i16>0x8000, zero);
  const rebias = lanes16(REBIAS, zero);
  const greatest = lanes16(0x7bff, zero);
  const leastNormal = lanes16(0x0400, zero);
  const unit = lanes16(0x0080, zero);
  const power = lanes16(0x3880, zero); // upper half of 2^-14
  for (; count > 0; count -= 8) {
    const word = loadWords(words, count);
    const sign = v128.and(word, signBit);
    const magnitude = v128.xor(word, sign);
    const isSubnormal = i16x8.lt_s(magnitude, leastNormal);
    const lower = i16x8.shl(word, 13);
    let upper = i16x8.add(i16x8.shr_u(magnitude, 3), rebias);
    upper = i16x8.add(upper, v128.and(i16x8.gt_s(magnitude, greatest), rebias));
    upper = i16x8.add(upper, v128.and(isSubnormal, unit));
    const less = v128.and(isSubnormal, power);
    v128.store(out, v128.or(f32x4.sub(lowPairs(lower, upper), lowPairs(zero, less)), lowPairs(zero, sign)));
    if (count > 4) {
      const high = f32x4.sub(highPairs(lower, upper), highPairs(zero, less));
      v128.store(out, v128.or(high, highPairs(zero, sign)), VECTOR);
    }
    words += VECTOR;
    out += 2 * VECTOR;
  }
  keepBeforeLoop(v128.xor(v128.xor(v128.xor(signBit, rebias), v128.xor(greatest, leastNormal)), v128.xor(unit, power)));
}

/** bfloat16 out = f32 values, rounded to nearest, ties to even; exactly `count` words; `out` may be `values`. */
export function float32ToBfloat16(values: usize, count: i32, out: usize): void {
  const zero = opaqueZero(count);
  const one = lanes32(1, zero);
  const half = lanes32(0x7fff, zero);
  const quiet = lanes32(0x400000, zero);
  for (; count >= 8; count -= 8) {
    const low = roundBfloat16(v128.load(values), one, half, quiet);
    const high = roundBfloat16(v128.load(values, VECTOR), one, half, quiet);
    v128.store(out, i16x8.narrow_i32x4_u(low, high));
    values += 2 * VECTOR;
    out += VECTOR;
  }
  if (count > 0) {
    const low = roundBfloat16(v128.load(values), one, half, quiet);
    const high = count > 4 ? roundBfloat16(v128.load(values, VECTOR), one, half, quiet) : low;
    storeWords(i16x8.narrow_i32x4_u(low, high), count, out);
  }
  keepBeforeLoop(v128.or(v128.or(one, half), quiet));
}

/** float16 out = f32 values, rounded to nearest, ties to even; exactly `count` words; `out` may be `values`. */
export function float32ToFloat16(values: usize, count: i32, out: usize): void {
  const zero = opaqueZero(count);
  const magnitude = lanes32(0x7fffffff, zero);
  const toInfinity = constant(5.192296858534828e33, zero); // 2^112
  const back = constant(7.703719777548943e-34, zero); // 2^-110
  const exponent = lanes32(0x7f800000, zero);
  const least = lanes32(0x38800000, zero); // 2^-14
  const above = lanes32(0x07800000, zero); // 15 in the exponent field
  const field = lanes32(0x7c00, zero);
  const fraction = lanes32(0x0fff, zero);
  const nan = lanes32(0x7e00, zero);
  for (; count >= 8; count -= 8) {
    const low = roundFloat16(v128.load(values), magnitude, toInfinity, back, exponent, least, above, field, fraction, nan);
    const high = roundFloat16(v128.load(values, VECTOR), magnitude, toInfinity, back, exponent, least, above, field, fraction, nan);
    v128.store(out, i16x8.narrow_i32x4_u(low, high));
    values += 2 * VECTOR;
    out += VECTOR;
  }
  if (count > 0) {
    const low = roundFloat16(v128.load(values), magnitude, toInfinity, back, exponent, least, above, field, fraction, nan);
    let high = low;
    if (count > 4) {
      high = roundFloat16(v128.load(values, VECTOR), magnitude, toInfinity, back, exponent, least, above, field, fraction, nan);
    }
    storeWords(i16x8.narrow_i32x4_u(low, high), count, out);
  }
  const some = v128.or(v128.or(magnitude, toInfinity), v128.or(back, exponent));
  keepBeforeLoop(v128.or(some, v128.or(v128.or(least, above), v128.or(v128.or(field, fraction), nan))));
}

/** A 32-bit constant in all lanes, kept in a register (see opaqueZero). */
// @ts-ignore: decorator
@inline
function lanes32(value: i32, zero: v128): v128 {
  return v128.or(i32x4.splat(value), zero);
}

/** Adds half of the last kept bit, minus one unit where that bit is even: this carries into it exactly when rounding goes up. */
// @ts-ignore: decorator
@inline
function roundBfloat16(x: v128, one: v128, half: v128, quiet: v128): v128 {
  const rounded = i32x4.add(i32x4.add(x, half), v128.and(i32x4.shr_u(x, 16), one));
  // without `quiet`, a NaN whose payload is in the lower half would become infinite
  return i32x4.shr_u(v128.bitselect(v128.or(x, quiet), rounded, f32x4.ne(x, x)), 16);
}

/**
 * With 2^k <= |x| < 2^(k + 1), k at least -14: the sum 4 |x| + 2^(k + 15) rounds |x| to a multiple of 2^(k - 10). Its mantissa
 * holds |x| 2^(10 - k), which is f and one bit for e; k + 14 is added to that bit. The product with 2^112 has already made values
 * from 2^16 on infinite. (After Maratyszcza's FP16 library, fp16_ieee_from_fp32_value.)
 */
// @ts-ignore: decorator
@inline
function roundFloat16(
  x: v128, magnitude: v128, toInfinity: v128, back: v128, exponent: v128, least: v128, above: v128, field: v128, fraction: v128, nan: v128,
): v128 {
  const size = v128.and(x, magnitude);
  const power = i32x4.add(i32x4.max_s(v128.and(size, exponent), least), above);
  const sum = f32x4.add(f32x4.mul(f32x4.mul(size, toInfinity), back), power);
  // the lowest five bits of the sum's exponent field are k + 14
  const bits = i32x4.add(v128.and(i32x4.shr_u(sum, 13), field), v128.and(sum, fraction));
  const word = v128.bitselect(nan, bits, f32x4.ne(x, x));
  return v128.or(word, i32x4.shl(i32x4.shr_u(x, 31), 15));
}

/** Stores the first `count` (1 to 7) of eight words. */
// @ts-ignore: decorator
@inline
function storeWords(words: v128, count: i32, out: usize): void {
  if (count & 4) {
    v128.store64_lane(out, words, 0);
    words = v128.shuffle<i64>(words, words, 1, 1);
    out += 8;
  }
  if (count & 2) {
    v128.store32_lane(out, words, 0);
    words = v128.shuffle<i32>(words, words, 1, 1, 1, 1);
    out += 4;
  }
  if (count & 1) v128.store16_lane(out, words, 0);
}

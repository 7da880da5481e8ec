/**
 * Rows of a quantized weight as f32:
 *
 *   int8    w[c, k] = scale data[c, k]
 *   uint4   w[c, k] = scale (code[c, k] - zero point)        two codes per byte, the first in its low half
 *
 * with a scale per row or per block of 32 elements, zero points of 4 bits per block. Differences of codes are exact, so each
 * element has one rounding. Reads up to 7 bytes past a row of int8. Writes rows of `width` elements rounded up to a multiple of 8;
 * what is behind a row's elements there is arbitrary. Tests: test/kernels/linear.test.ts.
 */
import { ELEMENT } from "../math/lanes";

/** Elements of a block of uint4, and its bytes. */
const BLOCK: i32 = 32;
const BLOCK_BYTES: i32 = 16;

/** f32 out[r, k] = scale int8 data[r, k], with a scale for every `blockSize` elements of a row, a multiple of 8 or the width. */
export function dequantizeInt8(data: usize, rows: i32, width: i32, scales: usize, blockSize: i32, out: usize): void {
  for (let r = 0; r < rows; r++) {
    for (let k = 0; k < width; k += blockSize) {
      const scale = v128.load32_splat(scales);
      const end = min(k + blockSize, width);
      for (let i = k; i < end; i += 8) {
        storeScaled(i16x8.extend_low_i8x16_s(v128.load64_zero(data + i)), scale, out);
        out += 8 * ELEMENT;
      }
      scales += ELEMENT;
    }
    data += width;
  }
}

/** f32 out[r, k] = scale (uint4 code - zero point), 8 where `zeroPoints` is 0; both per block of 32 elements. */
export function dequantizeUint4(data: usize, rows: i32, width: i32, scales: usize, zeroPoints: usize, out: usize): void {
  const blocks = (width + BLOCK - 1) / BLOCK;
  const low = i8x16.splat(15);
  for (let r = 0; r < rows; r++) {
    for (let b = 0; b < blocks; b++) {
      const scale = v128.load32_splat(scales);
      let zero = 8;
      if (zeroPoints) zero = (<i32>load<u8>(zeroPoints + (b >> 1)) >> ((b & 1) << 2)) & 15;
      const zeros = i16x8.splat(<i16>zero);
      const bytes = v128.load(data);
      const even = v128.and(bytes, low);
      const odd = i8x16.shr_u(bytes, 4);
      const first = v128.shuffle<i8>(even, odd, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      const second = v128.shuffle<i8>(even, odd, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
      const left = width - b * BLOCK;
      storeScaled(i16x8.sub(i16x8.extend_low_i8x16_u(first), zeros), scale, out);
      if (left > 8) storeScaled(i16x8.sub(i16x8.extend_high_i8x16_u(first), zeros), scale, out + 8 * ELEMENT);
      if (left > 16) storeScaled(i16x8.sub(i16x8.extend_low_i8x16_u(second), zeros), scale, out + 16 * ELEMENT);
      if (left > 24) storeScaled(i16x8.sub(i16x8.extend_high_i8x16_u(second), zeros), scale, out + 24 * ELEMENT);
      out += <usize>min((left + 7) & ~7, BLOCK) * ELEMENT;
      scales += ELEMENT;
      data += BLOCK_BYTES;
    }
    if (zeroPoints) zeroPoints += (blocks + 1) >> 1;
  }
}

/** Eight i16 as f32, times the scale. */
// @ts-ignore: decorator
@inline
function storeScaled(values: v128, scale: v128, out: usize): void {
  v128.store(out, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(values)), scale));
  v128.store(out, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(values)), scale), 16);
}

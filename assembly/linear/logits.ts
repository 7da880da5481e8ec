/**
 * Logits of a block of rows and a panel of classes, the matrix product of linear cross-entropy:
 *
 *   logits[r, c] = sum_k hidden[r, k] weight[c, k]
 *
 * Both operands are read as they are stored, along k: no packing, no transpose. A tile of two rows and six classes (plain build:
 * four) has one accumulator of four lanes per logit, which takes every fourth k, and reduces them at its end. So the bits of a
 * logit depend on its row, its class and the width alone, never on the other rows and classes of the call. Sums run over chunks
 * of 1024 k, which bounds their error and keeps a tile's classes in L1 while the rows stream past them.
 *
 * Twelve accumulators, two rows and a class fill 15 of 16 registers; the plain build needs one for the product, and gets by with
 * eight accumulators. The loop is not unrolled: asc would nest the multiply-adds by accumulator, and V8 would spill the operands.
 * Where a row or classes are missing at an edge, the tile computes its last ones again.
 *
 * Reads rows x width and classes x width f32, width a multiple of 4. Writes rows x classes f32 at `outStride` elements, and up to
 * five entries past each row. NaN and infinities propagate as in any sum of products. Tests: test/kernels/linear.test.ts.
 */
import { ELEMENT, VECTOR, multiplyAdd } from "../math/lanes";

/** k per chunk: six classes of it take 24 KB. It decides the order of the sums. */
const CHUNK: i32 = 1024;

const TILE_ROWS: i32 = 2;
const TILE_CLASSES: i32 = ASC_FEATURE_RELAXED_SIMD ? 6 : 4;

/** f32 out[r, c] = sum_k hidden[r, k] weight[c, k]; the rows of both are `width` elements long, a multiple of 4. */
export function linearLogits(
  hidden: usize, rows: i32, weight: usize, classes: i32, width: i32, out: usize, outStride: i32,
): void {
  const rowBytes = <usize>width * ELEMENT;
  const outBytes = <usize>outStride * ELEMENT;
  for (let k = 0; k < width; k += CHUNK) {
    const count = min(CHUNK, width - k);
    const x = hidden + <usize>k * ELEMENT;
    for (let c = 0; c < classes; c += TILE_CLASSES) {
      const w = weight + <usize>c * rowBytes + <usize>k * ELEMENT;
      const lastClass = min(TILE_CLASSES, classes - c) - 1;
      const to = out + <usize>c * ELEMENT;
      for (let r = 0; r < rows; r += TILE_ROWS) {
        const next: usize = r + 1 < rows ? 1 : 0;
        tile(
          x + <usize>r * rowBytes, next * rowBytes, w, rowBytes, lastClass, count, k > 0,
          to + <usize>r * outBytes, next * outBytes,
        );
      }
    }
  }
}

/** The logits of two rows, `nextRow` bytes apart, and of the classes 0 to `lastClass`; added to what is there if `adds`. */
// @ts-ignore: decorator
@inline
function tile(
  x0: usize, nextRow: usize, w0: usize, classBytes: usize, lastClass: i32, count: i32, adds: bool, out: usize, nextOut: usize,
): void {
  let x1 = x0 + nextRow;
  let w1 = w0 + classBytes * <usize>min(1, lastClass);
  let w2 = w0 + classBytes * <usize>min(2, lastClass);
  let w3 = w0 + classBytes * <usize>min(3, lastClass);
  let w4 = w0 + classBytes * <usize>min(4, lastClass);
  let w5 = w0 + classBytes * <usize>min(5, lastClass);
  let a0 = f32x4.splat(0);
  let a1 = f32x4.splat(0);
  let a2 = f32x4.splat(0);
  let a3 = f32x4.splat(0);
  let a4 = f32x4.splat(0);
  let a5 = f32x4.splat(0);
  let b0 = f32x4.splat(0);
  let b1 = f32x4.splat(0);
  let b2 = f32x4.splat(0);
  let b3 = f32x4.splat(0);
  let b4 = f32x4.splat(0);
  let b5 = f32x4.splat(0);
  for (let left = count; left > 0; left -= 4) {
    let x = v128.load(x0);
    let y = v128.load(x1);
    let w = v128.load(w0);
    a0 = multiplyAdd(x, w, a0);
    b0 = multiplyAdd(y, w, b0);
    w = v128.load(w1);
    a1 = multiplyAdd(x, w, a1);
    b1 = multiplyAdd(y, w, b1);
    w = v128.load(w2);
    a2 = multiplyAdd(x, w, a2);
    b2 = multiplyAdd(y, w, b2);
    w = v128.load(w3);
    a3 = multiplyAdd(x, w, a3);
    b3 = multiplyAdd(y, w, b3);
    if (ASC_FEATURE_RELAXED_SIMD) {
      w = v128.load(w4);
      a4 = multiplyAdd(x, w, a4);
      b4 = multiplyAdd(y, w, b4);
      w = v128.load(w5);
      a5 = multiplyAdd(x, w, a5);
      b5 = multiplyAdd(y, w, b5);
      w4 += VECTOR;
      w5 += VECTOR;
    }
    x0 += VECTOR;
    x1 += VECTOR;
    w0 += VECTOR;
    w1 += VECTOR;
    w2 += VECTOR;
    w3 += VECTOR;
  }
  // all loads before any store: a row that is computed twice is stored twice
  const below = out + nextOut;
  let a = sumOfEach(a0, a1, a2, a3);
  let b = sumOfEach(b0, b1, b2, b3);
  if (adds) {
    a = f32x4.add(v128.load(out), a);
    b = f32x4.add(v128.load(below), b);
  }
  if (ASC_FEATURE_RELAXED_SIMD) {
    let ab = sumOfEach(a4, a5, b4, b5);
    if (adds) ab = f32x4.add(v128.load64_lane(below, v128.load64_zero(out, 16), 1, 16), ab);
    v128.store64_lane(out, ab, 0, 16);
    v128.store64_lane(below, ab, 1, 16);
  }
  v128.store(out, a);
  v128.store(below, b);
}

/** [sum of a, sum of b, sum of c, sum of d], each (lane 0 + lane 2) + (lane 1 + lane 3). */
// @ts-ignore: decorator
@inline
function sumOfEach(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}

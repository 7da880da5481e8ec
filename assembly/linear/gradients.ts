/**
 * The gradients of linear cross-entropy from those of its logits, g[r, c], for a block of rows and a panel of classes:
 *
 *   hiddenGradient        out[r, k] += sum_c g[r, c] weight[c, k]
 *   linearWeightGradient  out[c, k] += sum_r g[r, c] hidden[r, k]
 *   biasGradient          out[c]    += sum_r g[r, c]
 *
 * The right operands come packed in strips of eight columns (packStrips), so that a tile of six rows (plain build: four) and eight
 * columns reads them as one stream. Every sum of a call is made on its own, term by term in its order, and then added to what is
 * there: the bits of an element depend on the cut into calls alone, and terms that nearly cancel are not added one by one to a
 * sum that is much greater (docs/math.md). Where rows are missing at an edge, the tile computes its last one again.
 *
 * Widths are multiples of 8. `out` is written at `outStride` elements, nothing else. NaN and infinities propagate.
 * Tests: test/kernels/linear.test.ts.
 */
import { LOG2E, exp2Double } from "../math/exp";
import { ELEMENT, VECTOR, multiplyAdd, promoteHigh, storeUpTo } from "../math/lanes";

/** Columns of a strip: two vectors. */
const STRIP: i32 = 8;

const TILE_ROWS: i32 = ASC_FEATURE_RELAXED_SIMD ? 6 : 4;

/** Copies rows x width f32 to strips: out[k / 8, r, k % 8]. */
export function packStrips(from: usize, rows: i32, width: i32, out: usize): void {
  const stripBytes = <usize>rows * STRIP * ELEMENT;
  for (let r = 0; r < rows; r++) {
    let to = out + <usize>r * STRIP * ELEMENT;
    for (let k = 0; k < width; k += STRIP) {
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
      from += STRIP * ELEMENT;
      to += stripBytes;
    }
  }
}

/** f32 out[r, k] += sum_c gradient[r, c] weight[c, k], from the strips of `classes` rows of the weight; `width` is a multiple of 8. */
export function hiddenGradient(
  gradient: usize, rows: i32, classes: i32, stride: i32, strips: usize, width: i32, out: usize, outStride: i32,
): void {
  const rowBytes = <usize>stride * ELEMENT;
  const outBytes = <usize>outStride * ELEMENT;
  for (let k = 0; k < width; k += STRIP) {
    const strip = strips + <usize>k * <usize>classes * ELEMENT;
    const to = out + <usize>k * ELEMENT;
    for (let r = 0; r < rows; r += TILE_ROWS) {
      const last = min(TILE_ROWS, rows - r) - 1;
      tile(gradient + <usize>r * rowBytes, rowBytes, ELEMENT, last, strip, classes, to + <usize>r * outBytes, outBytes);
    }
  }
}

/** f32 out[c, k] += sum_r gradient[r, c] hidden[r, k], from the strips of `rows` hidden rows; `width` is a multiple of 8. */
export function linearWeightGradient(
  gradient: usize, rows: i32, classes: i32, stride: i32, strips: usize, width: i32, out: usize, outStride: i32,
): void {
  const rowBytes = <usize>stride * ELEMENT;
  const outBytes = <usize>outStride * ELEMENT;
  for (let c = 0; c < classes; c += TILE_ROWS) {
    const last = min(TILE_ROWS, classes - c) - 1;
    const column = gradient + <usize>c * ELEMENT;
    const to = out + <usize>c * outBytes;
    for (let k = 0; k < width; k += STRIP) {
      tile(column, ELEMENT, rowBytes, last, strips + <usize>k * <usize>rows * ELEMENT, rows, to + <usize>k * ELEMENT, outBytes);
    }
  }
}

/** f32 out[c] += sum_r gradient[r, c], each sum in f64. */
export function biasGradient(gradient: usize, rows: i32, classes: i32, stride: i32, out: usize): void {
  const rowBytes = <usize>stride * ELEMENT;
  for (let c = 0; c < classes; c += 4) {
    let from = gradient + <usize>c * ELEMENT;
    let low = f64x2.splat(0.0);
    let high = f64x2.splat(0.0);
    for (let r = 0; r < rows; r++) {
      const values = v128.load(from);
      low = f64x2.add(low, f64x2.promote_low_f32x4(values));
      high = f64x2.add(high, promoteHigh(values));
      from += rowBytes;
    }
    const sums = v128.shuffle<i64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
    const to = out + <usize>c * ELEMENT;
    storeUpTo(to, classes - c, f32x4.add(v128.load(to), sums));
  }
}

/** f32 x[r, c] += bias[c]. Reads and writes up to three entries past each row. */
export function addBias(logits: usize, rows: i32, classes: i32, stride: i32, bias: usize): void {
  for (let r = 0; r < rows; r++) {
    const row = logits + <usize>(r * stride) * ELEMENT;
    for (let i: usize = 0; i < <usize>classes * ELEMENT; i += VECTOR) {
      v128.store(row + i, f32x4.add(v128.load(row + i), v128.load(bias + i)));
    }
  }
}

/** f32 out[k] += factor x[k]; `width` is a multiple of 4. */
export function addTimes(x: usize, width: i32, factor: f32, out: usize): void {
  const factors = f32x4.splat(factor);
  for (let k: usize = 0; k < <usize>width * ELEMENT; k += VECTOR) {
    v128.store(out + k, f32x4.add(v128.load(out + k), f32x4.mul(v128.load(x + k), factors)));
  }
}

/** f32 out[r] = exp((x[r] - y[r]) / temperature), the exponential in f64. */
export function expDifferences(x: usize, y: usize, rows: i32, temperature: f64, out: usize): void {
  const scale = LOG2E / temperature;
  for (let r = 0; r < rows; r++) {
    const at = <usize>r << 2;
    store<f32>(out + at, <f32>exp2Double((<f64>load<f32>(x + at) - <f64>load<f32>(y + at)) * scale));
  }
}

/** f32 x[r, k] *= factors[r], rows that are `width` elements long, a multiple of 4. */
export function scaleRows(x: usize, rows: i32, width: i32, factors: usize): void {
  for (let r = 0; r < rows; r++) {
    const factor = load<f32>(factors + (<usize>r << 2));
    const end = x + <usize>width * ELEMENT;
    if (factor == 1.0) {
      x = end;
      continue;
    }
    const lanes = f32x4.splat(factor);
    for (; x < end; x += VECTOR) v128.store(x, f32x4.mul(v128.load(x), lanes));
  }
}

/** out[i, 0 .. 8) += sum_j left[i, j] strip[j, 0 .. 8) for i = 0 .. last and `count` terms j; left's steps are in bytes. */
// @ts-ignore: decorator
@inline
function tile(
  left: usize, rowStep: usize, termStep: usize, last: i32, strip: usize, count: i32, out: usize, outBytes: usize,
): void {
  const i1 = <usize>min(1, last);
  const i2 = <usize>min(2, last);
  const i3 = <usize>min(3, last);
  const i4 = <usize>min(4, last);
  const i5 = <usize>min(5, last);
  let x0 = left;
  let x1 = left + i1 * rowStep;
  let x2 = left + i2 * rowStep;
  let x3 = left + i3 * rowStep;
  let x4 = left + i4 * rowStep;
  let x5 = left + i5 * rowStep;
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
  for (let j = 0; j < count; j++) {
    const y = v128.load(strip);
    const z = v128.load(strip, 16);
    let x = v128.load32_splat(x0);
    a0 = multiplyAdd(x, y, a0);
    b0 = multiplyAdd(x, z, b0);
    x = v128.load32_splat(x1);
    a1 = multiplyAdd(x, y, a1);
    b1 = multiplyAdd(x, z, b1);
    x = v128.load32_splat(x2);
    a2 = multiplyAdd(x, y, a2);
    b2 = multiplyAdd(x, z, b2);
    x = v128.load32_splat(x3);
    a3 = multiplyAdd(x, y, a3);
    b3 = multiplyAdd(x, z, b3);
    if (ASC_FEATURE_RELAXED_SIMD) {
      x = v128.load32_splat(x4);
      a4 = multiplyAdd(x, y, a4);
      b4 = multiplyAdd(x, z, b4);
      x = v128.load32_splat(x5);
      a5 = multiplyAdd(x, y, a5);
      b5 = multiplyAdd(x, z, b5);
      x4 += termStep;
      x5 += termStep;
    }
    strip += STRIP * ELEMENT;
    x0 += termStep;
    x1 += termStep;
    x2 += termStep;
    x3 += termStep;
  }
  addTo(out, a0, b0);
  if (last >= 1) addTo(out + outBytes, a1, b1);
  if (last >= 2) addTo(out + 2 * outBytes, a2, b2);
  if (last >= 3) addTo(out + 3 * outBytes, a3, b3);
  if (ASC_FEATURE_RELAXED_SIMD) {
    if (last >= 4) addTo(out + 4 * outBytes, a4, b4);
    if (last >= 5) addTo(out + 5 * outBytes, a5, b5);
  }
}

// @ts-ignore: decorator
@inline
function addTo(out: usize, a: v128, b: v128): void {
  v128.store(out, f32x4.add(v128.load(out), a));
  v128.store(out, f32x4.add(v128.load(out, 16), b), 16);
}

/**
 * Softmax and log-softmax of rows whose m and R are known:
 *
 *   softmax     p_c = exp(x_c - m) / (1 + R)
 *   log-softmax y_c = (x_c - m) - log(1 + R)
 *
 * Reads rows x cols f32 at `stride`, f32 max, f64 rest (softmax) or logSum = log(1 + R) (log-softmax, see log1pRows); writes f32 out at `outStride`; `out` may be `logits`. Single elements
 * at the tail are written one by one: nothing past the row is overwritten. An infinite m gives NaN in the whole row, as in
 * PyTorch. Tests: test/losses/softmax.test.ts.
 */
import { C1, C2, C3, C4, C5, LOG2E, SHIFTER, addExp2, lowPart, lowestFor } from "../math/exp";
import { ELEMENT, VECTOR, constant, opaqueZero, storeFirst } from "../math/lanes";

export function softmaxRows(
  logits: usize, rows: i32, cols: i32, stride: i32, max: usize, rest: usize, out: usize, outStride: i32,
): void {
  const zero = opaqueZero(cols);
  const shifter = constant(SHIFTER, zero);
  const one = constant(1.0, zero);
  const c1 = constant(C1, zero);
  const c2 = constant(C2, zero);
  const c3 = constant(C3, zero);
  const c4 = constant(C4, zero);
  const c5 = constant(C5, zero);
  const s = constant(<f32>LOG2E, zero);
  const sLow = constant(lowPart(LOG2E), zero);
  const lowest = constant(lowestFor(LOG2E), zero);
  const none = constant(0.0, zero);
  for (let r = 0; r < rows; r++) {
    let x = logits + <usize>r * <usize>stride * ELEMENT;
    let p = out + <usize>r * <usize>outStride * ELEMENT;
    const m = load<f32>(max + (<usize>r << 2));
    const maxima = f32x4.splat(m);
    // m - m turns an infinite maximum into NaN
    const factor = f32x4.splat(<f32>(1.0 / (1.0 + load<f64>(rest + (<usize>r << 3)))) + (m - m));
    const vectorEnd = x + <usize>(cols & ~3) * ELEMENT;
    while (x < vectorEnd) {
      const d = f32x4.sub(v128.load(x), maxima);
      v128.store(p, f32x4.mul(addExp2(none, d, s, sLow, lowest, shifter, one, c1, c2, c3, c4, c5), factor));
      x += VECTOR;
      p += VECTOR;
    }
    if (cols & 3) {
      const d = f32x4.sub(v128.load(x), maxima);
      storeFirst(p, cols & 3, f32x4.mul(addExp2(none, d, s, sLow, lowest, shifter, one, c1, c2, c3, c4, c5), factor));
    }
  }
}

export function logSoftmaxRows(
  logits: usize, rows: i32, cols: i32, stride: i32, max: usize, logSum: usize, out: usize, outStride: i32,
): void {
  for (let r = 0; r < rows; r++) {
    let x = logits + <usize>r * <usize>stride * ELEMENT;
    let y = out + <usize>r * <usize>outStride * ELEMENT;
    const m = load<f32>(max + (<usize>r << 2));
    const maxima = f32x4.splat(m);
    const logs = f32x4.splat(<f32>load<f64>(logSum + (<usize>r << 3)) + (m - m));
    const vectorEnd = x + <usize>(cols & ~3) * ELEMENT;
    while (x < vectorEnd) {
      v128.store(y, f32x4.sub(f32x4.sub(v128.load(x), maxima), logs));
      x += VECTOR;
      y += VECTOR;
    }
    if (cols & 3) storeFirst(y, cols & 3, f32x4.sub(f32x4.sub(v128.load(x), maxima), logs));
  }
}

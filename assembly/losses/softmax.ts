/**
 * Softmax and log-softmax of rows whose m and R are known:
 *
 *   softmax     p_c = exp(x_c - m) / (1 + R)
 *   log-softmax y_c = (x_c - m) - log(1 + R)
 *
 * Reads rows x cols f32 at `stride`, and up to 28 bytes past each row; f32 max; f64 rest (softmax) or logSum = log(1 + R)
 * (log-softmax, see log1pRows). Writes f32 out at `outStride` and nothing past a row; `out` may be `logits`. An infinite m makes
 * the whole row NaN, as in PyTorch. Scratch as in rows/exp-sum.ts. Tests: test/losses/softmax.test.ts.
 */
import { BLOCK } from "../../src/memory/constants";
import { LOG2E } from "../math/exp";
import { ELEMENT, VECTOR, storeFirst } from "../math/lanes";
import { blockScaledExp } from "../rows/exp-sum";
import { rowAt } from "../rows/row";

/** f32 out_c = exp(x_c - max) / (1 + rest), the softmax of rows whose max and rest are known; `out` may be `logits`. */
export function softmaxRows(
  logits: usize, rows: i32, cols: i32, stride: i32, max: usize, rest: usize, out: usize, outStride: i32, scratch: usize,
): void {
  for (let r = 0; r < rows; r++) {
    const x = rowAt(logits, r, stride);
    const p = rowAt(out, r, outStride);
    const m = load<f32>(max + (<usize>r << 2));
    // m - m turns an infinite maximum into NaN
    const factor = <f32>(1.0 / (1.0 + load<f64>(rest + (<usize>r << 3)))) + (m - m);
    for (let i = 0; i < cols; i += BLOCK) {
      const offset = <usize>i * ELEMENT;
      blockScaledExp(x + offset, min(cols - i, BLOCK), m, LOG2E, factor, scratch, p + offset);
    }
  }
}

/**
 * f32 out_c = (x_c - max) - log(1 + rest), the log-softmax of rows whose max and log(1 + rest) are known; `out` may be `logits`.
 */
export function logSoftmaxRows(
  logits: usize, rows: i32, cols: i32, stride: i32, max: usize, logSum: usize, out: usize, outStride: i32,
): void {
  for (let r = 0; r < rows; r++) {
    let x = rowAt(logits, r, stride);
    let y = rowAt(out, r, outStride);
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

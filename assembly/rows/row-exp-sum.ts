/**
 * Row exp-sum, the second of the three textbook kernels: sum[r] = sum_c exp((x[r, c] - max[r]) / temperature).
 *
 * Reads rows x cols f32 at `stride` elements (and up to 28 bytes past each row) and f32 max[rows]; writes f64 sum[rows]. Sums are
 * f32 lanes within a block of 512 (exp-sum.ts), f64 between blocks. max must be >= the row's elements. NaN, and the difference of
 * equal infinities, give NaN; an empty row gives 0. Tests: test/kernels/textbook-kernels.test.ts.
 */
import { BLOCK } from "../../src/memory/constants";
import { LOG2E } from "../math/exp";
import { ELEMENT } from "../math/lanes";
import { blockExpSum } from "./exp-sum";
import { rowAt } from "./row";

/** f64 sum[rows] = sum_c exp((x_c - max) / temperature). */
export function rowExpSum(
  logits: usize, rows: i32, cols: i32, stride: i32, max: usize, temperature: f64, sum: usize, scratch: usize,
): void {
  const scale = LOG2E / temperature;
  for (let r = 0; r < rows; r++) {
    const row = rowAt(logits, r, stride);
    const m = load<f32>(max + (<usize>r << 2));
    let total: f64 = 0.0;
    for (let i = 0; i < cols; i += BLOCK) {
      const block = row + <usize>i * ELEMENT;
      total += blockExpSum(block, min(cols - i, BLOCK), m, scale, scratch, block);
    }
    store<f64>(sum + (<usize>r << 3), total);
  }
}

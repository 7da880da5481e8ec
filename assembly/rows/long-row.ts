/**
 * One row of more than a few classes (see log-sum-exp.ts): m, R and, for gradients, every exp((x_c - m_b) / T) together with
 * m_b, the maximum that the block b of 512 classes was computed with (f32 at `refs`).
 */
import { ELEMENT } from "../math/lanes";
import { exp2Double } from "../math/exp";
import { BLOCK, blockHasNaN, blockMax } from "./block";
import { blockExpSum, blockExpSumTo, blockRest, blockRestTo } from "./exp-sum";

/** Sentinel for "nothing summed yet": 1 + R = 0. */
// @ts-ignore: decorator
@inline
const NOTHING: f64 = -1.0;

/** The maximum of each block and of the row, then the exp-sums of the blocks, which are still in L1. */
export function middleRow(row: usize, cols: i32, scale: f64, scratch: usize, max: usize, rest: usize): void {
  maxThenSum(row, cols, scale, scratch, max, rest, 0, 0, false);
}
export function middleRowTo(row: usize, cols: i32, scale: f64, scratch: usize, max: usize, rest: usize, out: usize, refs: usize): void {
  maxThenSum(row, cols, scale, scratch, max, rest, out, refs, true);
}

/** One read: block max; a new maximum moves R to it; exp-sum of the block, which is in L1. */
export function largeRow(row: usize, cols: i32, scale: f64, scratch: usize, max: usize, rest: usize): void {
  blockByBlock(row, cols, scale, scratch, max, rest, 0, 0, false);
}
export function largeRowTo(row: usize, cols: i32, scale: f64, scratch: usize, max: usize, rest: usize, out: usize, refs: usize): void {
  blockByBlock(row, cols, scale, scratch, max, rest, out, refs, true);
}

// @ts-ignore: decorator
@inline
function maxThenSum(
  row: usize, cols: i32, scale: f64, scratch: usize, max: usize, rest: usize, out: usize, refs: usize, keeps: bool,
): void {
  let m: f32 = -Infinity;
  let maxAt = 0;
  for (let i = 0; i < cols; i += BLOCK) {
    const b = blockMax(row + <usize>i * ELEMENT, cols - i < BLOCK ? cols - i : BLOCK);
    if (b > m) {
      m = b;
      maxAt = i;
    }
  }
  store<f32>(max, m);
  if (m - m != 0) {
    store<f64>(rest, specialRest(row, cols, m));
    // -inf alone may be a piece of a row that has more
    if (keeps) memory.fill(out, 0, <usize>cols * ELEMENT);
    for (let i = 0; keeps && i < cols; i += BLOCK) store<f32>(refs + (<usize>(i / BLOCK) << 2), m);
    return;
  }
  let sum: f64 = 0.0;
  for (let i = 0; i < cols; i += BLOCK) {
    const block = row + <usize>i * ELEMENT;
    const count = cols - i < BLOCK ? cols - i : BLOCK;
    if (keeps) {
      const to = out + <usize>i * ELEMENT;
      sum += i == maxAt ? blockRestTo(block, count, m, scale, scratch, to) : blockExpSumTo(block, count, m, scale, scratch, to);
      store<f32>(refs + (<usize>(i / BLOCK) << 2), m);
    } else sum += i == maxAt ? blockRest(block, count, m, scale, scratch) : blockExpSum(block, count, m, scale, scratch);
  }
  store<f64>(rest, sum >= 0.0 ? sum : NaN);
}

// @ts-ignore: decorator
@inline
function blockByBlock(
  row: usize, cols: i32, scale: f64, scratch: usize, max: usize, rest: usize, out: usize, refs: usize, keeps: bool,
): void {
  let m: f32 = -Infinity;
  let sum = NOTHING;
  for (let i = 0; i < cols; i += BLOCK) {
    const block = row + <usize>i * ELEMENT;
    const to = out + <usize>i * ELEMENT;
    const count = cols - i < BLOCK ? cols - i : BLOCK;
    const b = blockMax(block, count);
    if (b > m) {
      const moved = (1.0 + sum) * exp2Double((<f64>m - <f64>b) * scale);
      sum = moved + (keeps ? blockRestTo(block, count, b, scale, scratch, to) : blockRest(block, count, b, scale, scratch));
      m = b;
    } else if (m != -Infinity) {
      sum += keeps ? blockExpSumTo(block, count, m, scale, scratch, to) : blockExpSum(block, count, m, scale, scratch);
    } else {
      if (blockHasNaN(block, count)) sum = NaN;
      if (keeps) memory.fill(to, 0, <usize>count * ELEMENT);
    }
    if (keeps) store<f32>(refs + (<usize>(i / BLOCK) << 2), m);
  }
  store<f32>(max, m);
  store<f64>(rest, sum >= 0.0 && m - m == 0 ? sum : specialRest(row, cols, m));
}

/** R of a row whose maximum is infinite or whose sum is no number: 0 where only the maximum made it so, NaN where the row has one. */
export function specialRest(row: usize, cols: i32, m: f32): f64 {
  return m - m == 0 || blockHasNaN(row, cols) ? NaN : 0.0;
}

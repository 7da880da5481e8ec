/**
 * Rows of more than a few classes (see log-sum-exp.ts): m, R and, for gradients, every exp((x_c - m_b) / T) together with m_b,
 * the maximum that block b of 512 classes was computed with (f32 at `refs`).
 */
import { BLOCK } from "../../src/memory/constants";
import { exp2Double } from "../math/exp";
import { bfloat16ToFloat32, float16ToFloat32 } from "../math/half";
import { ELEMENT } from "../math/lanes";
import { blockHasNaN, blockMax } from "./block";
import { blockExpSum, blockExpSumTo, blockRest, blockRestTo, maximumAhead } from "./exp-sum";
import { rowAt } from "./row";

/** R of no class at all: 1 + R = 0. */
export const NOTHING: f64 = -1.0;

/** Offset in the scratch area, after the part that exp-sum.ts uses, of the f32 maxima of the next row's blocks. */
const SCRATCH_MAXIMA: usize = 4160;

/** Types of a row's elements. */
const FLOAT32: i32 = 0;
export const FLOAT16: i32 = 1;
export const BFLOAT16: i32 = 2;

/**
 * Offset of two buffers, each one block of f32 and a vector's slack, for widened 16-bit floats: the current block and the next.
 */
const SCRATCH_WIDENED: usize = 8256;
const WIDENED_BYTES: usize = 2112;

/**
 * Rows of a few blocks: the maximum of the row, then the exp-sums of its blocks. These also find the maxima of the next row's
 * blocks. Rows whose target is ignoreIndex are skipped (`targets` 0: none).
 */
export function middleRows(
  logits: usize, rows: i32, cols: i32, stride: i32, targets: usize, ignoreIndex: i32, scale: f64, scratch: usize,
  max: usize, rest: usize,
): void {
  maxThenSum(logits, rows, cols, stride, targets, ignoreIndex, scale, scratch, max, rest, 0, 0, 0, 0, false);
}
export function middleRowsTo(
  logits: usize, rows: i32, cols: i32, stride: i32, targets: usize, ignoreIndex: i32, scale: f64, scratch: usize,
  max: usize, rest: usize, out: usize, outStride: i32, refs: usize, refStride: i32,
): void {
  maxThenSum(
    logits, rows, cols, stride, targets, ignoreIndex, scale, scratch, max, rest, out, outStride, refs, refStride, true,
  );
}

/** Reads the row once: per block its maximum, R moved to it if it is greater, then the block's exp-sum while it is in L1. */
export function largeRow(row: usize, cols: i32, scale: f64, scratch: usize, max: usize, rest: usize): void {
  blockByBlock(row, FLOAT32, cols, scale, scratch, true, max, rest, 0, 0, false);
  settle(row, cols, max, rest);
}
export function largeRowTo(
  row: usize, cols: i32, scale: f64, scratch: usize, max: usize, rest: usize, out: usize, refs: usize,
): void {
  blockByBlock(row, FLOAT32, cols, scale, scratch, true, max, rest, out, refs, true);
  settle(row, cols, max, rest);
}

/**
 * A large row that comes in pieces of whole blocks, all but the last. After the last piece, max and rest have largeRow's bits if
 * rest >= 0 and max is finite; any other row has to be computed again as a whole. Between pieces they are those of the classes so
 * far; rest is -1 as long as all of them are -inf.
 */
export function rowPiece(
  row: usize, cols: i32, scale: f64, scratch: usize, isFirst: bool, max: usize, rest: usize,
): void {
  blockByBlock(row, FLOAT32, cols, scale, scratch, isFirst, max, rest, 0, 0, false);
}
export function rowPieceTo(
  row: usize, cols: i32, scale: f64, scratch: usize, isFirst: bool, max: usize, rest: usize, out: usize, refs: usize,
): void {
  blockByBlock(row, FLOAT32, cols, scale, scratch, isFirst, max, rest, out, refs, true);
}

/**
 * rowPiece or, where `out` is not 0, rowPieceTo of 16-bit floats in the memory. Each block is widened into L1 before the previous
 * one is summed, which is faster than widening a tile in L2 first (docs/performance.md).
 */
export function wordsPiece(
  words: usize, type: i32, cols: i32, scale: f64, scratch: usize, isFirst: bool, max: usize, rest: usize, out: usize, refs: usize,
): void {
  blockByBlock(words, type, cols, scale, scratch, isFirst, max, rest, out, refs, out != 0);
}

// @ts-ignore: decorator
@inline
function maxThenSum(
  logits: usize, rows: i32, cols: i32, stride: i32, targets: usize, ignoreIndex: i32, scale: f64, scratch: usize,
  max: usize, rest: usize, out: usize, outStride: i32, refs: usize, refStride: i32, keeps: bool,
): void {
  const rowBytes = <usize>stride * ELEMENT;
  const maxima = scratch + SCRATCH_MAXIMA;
  let r = nextKept(0, rows, targets, ignoreIndex);
  if (r < rows) findMaxima(logits + <usize>r * rowBytes, cols, maxima);
  while (r < rows) {
    const row = logits + <usize>r * rowBytes;
    const next = nextKept(r + 1, rows, targets, ignoreIndex);
    const ahead = next < rows ? logits + <usize>next * rowBytes : row;
    let m: f32 = -Infinity;
    let maxAt = 0;
    for (let i = 0; i < cols; i += BLOCK) {
      const b = load<f32>(maxima + (<usize>(i / BLOCK) << 2));
      if (b > m) {
        m = b;
        maxAt = i;
      }
    }
    let sum: f64 = 0.0;
    const rowRefs = refs + (<usize>(r * refStride) << 2);
    const to = rowAt(out, r, outStride);
    if (m - m != 0) {
      sum = specialRest(row, cols, m);
      // a row of -inf only may be a segment of a row with finite logits
      if (keeps) memory.fill(to, 0, <usize>cols * ELEMENT);
      findMaxima(ahead, cols, maxima);
    }
    for (let i = 0; i < cols; i += BLOCK) {
      const at = <usize>(i / BLOCK) << 2;
      if (keeps) store<f32>(rowRefs + at, m);
      if (m - m != 0) continue;
      const offset = <usize>i * ELEMENT;
      const x = row + offset;
      const y = ahead + offset;
      const count = min(cols - i, BLOCK);
      if (keeps) {
        sum += i == maxAt
          ? blockRestTo(x, count, m, scale, scratch, y, to + offset)
          : blockExpSumTo(x, count, m, scale, scratch, y, to + offset);
      } else {
        sum += i == maxAt ? blockRest(x, count, m, scale, scratch, y) : blockExpSum(x, count, m, scale, scratch, y);
      }
      store<f32>(maxima + at, maximumAhead(scratch));
    }
    store<f32>(max + (<usize>r << 2), m);
    store<f64>(rest + (<usize>r << 3), sum >= 0.0 ? sum : NaN);
    r = next;
  }
}

/** The first row from `r` on that is not ignored; `rows` if there is none. */
function nextKept(r: i32, rows: i32, targets: usize, ignoreIndex: i32): i32 {
  if (targets) while (r < rows && load<i32>(targets + (<usize>r << 2)) == ignoreIndex) r++;
  return r;
}

/** The maximum of each block of a row. */
function findMaxima(row: usize, cols: i32, maxima: usize): void {
  for (let i = 0; i < cols; i += BLOCK) {
    store<f32>(maxima + (<usize>(i / BLOCK) << 2), blockMax(row + <usize>i * ELEMENT, min(cols - i, BLOCK)));
  }
}

// @ts-ignore: decorator
@inline
function blockByBlock(
  row: usize, type: i32, cols: i32, scale: f64, scratch: usize, isFirst: bool, max: usize, rest: usize, out: usize, refs: usize,
  keeps: bool,
): void {
  let m: f32 = isFirst ? -Infinity : load<f32>(max);
  let sum = isFirst ? NOTHING : load<f64>(rest);
  let isKnown = false;
  let x = row;
  let next = row;
  if (type != FLOAT32) {
    x = scratch + SCRATCH_WIDENED;
    next = x + WIDENED_BYTES;
    widen(row, type, min(cols, BLOCK), x);
  }
  for (let i = 0; i < cols; i += BLOCK) {
    const to = out + <usize>i * ELEMENT;
    const count = min(cols - i, BLOCK);
    const left = cols - i - BLOCK;
    if (type == FLOAT32) next = x + <usize>BLOCK * ELEMENT;
    else if (left > 0) widen(row + (<usize>(i + BLOCK) << 1), type, min(left, BLOCK), next);
    const b = isKnown ? maximumAhead(scratch) : blockMax(x, count);
    isKnown = left >= BLOCK;
    const ahead = isKnown ? next : x;
    if (b > m) {
      const moved = (1.0 + sum) * exp2Double((<f64>m - <f64>b) * scale);
      const own = keeps ? blockRestTo(x, count, b, scale, scratch, ahead, to) : blockRest(x, count, b, scale, scratch, ahead);
      sum = moved + own;
      m = b;
    } else if (m != -Infinity) {
      sum += keeps ? blockExpSumTo(x, count, m, scale, scratch, ahead, to) : blockExpSum(x, count, m, scale, scratch, ahead);
    } else {
      if (blockHasNaN(x, count)) sum = NaN;
      if (keeps) memory.fill(to, 0, <usize>count * ELEMENT);
      isKnown = false;
    }
    if (keeps) store<f32>(refs + (<usize>(i / BLOCK) << 2), m);
    const done = x;
    x = next;
    next = done;
  }
  store<f32>(max, m);
  store<f64>(rest, sum);
}

function widen(words: usize, type: i32, count: i32, out: usize): void {
  if (type == FLOAT16) float16ToFloat32(words, count, out);
  else bfloat16ToFloat32(words, count, out);
}

/** Sets R of a row whose sum is NaN or whose maximum is infinite. */
function settle(row: usize, cols: i32, max: usize, rest: usize): void {
  const m = load<f32>(max);
  if (load<f64>(rest) >= 0.0 && m - m == 0) return;
  store<f64>(rest, specialRest(row, cols, m));
}

/**
 * R of a row whose maximum is infinite or whose sum is NaN: NaN where the row holds a NaN, 0 where only the maximum is the cause.
 */
export function specialRest(row: usize, cols: i32, m: f32): f64 {
  return m - m == 0 || blockHasNaN(row, cols) ? NaN : 0.0;
}

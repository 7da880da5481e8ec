/**
 * The core kernel: per row the maximum m and the rest R, from which all losses of the row follow:
 *
 *   lse = m / T + log(1 + R),   R = sum_c exp((x_c - m) / T) - 1 >= 0
 *
 * R is kept instead of the sum, because the maximum's own term is exactly 1: a loss of 1e-30 then keeps its digits.
 * Special rows: all -inf or a +inf give m = -inf / +inf and R = 0; a NaN anywhere gives R = NaN.
 *
 * Three algorithms by number of classes, with measured bounds (docs/performance.md):
 *   few     (<= 128)    four rows at once, one in each lane, by 4x4 transposes
 *   middle  (<= 4096)   the row fits in L1: its maximum, then the exp-sum block by block
 *   large               one read of memory: per block of 512 its maximum, then its exp-sum while it is in L1; R moves to the
 *                       new maximum when a block has a greater one
 *
 * Reads rows x cols f32 at `stride` elements, and up to 28 bytes past each row. Writes f32 max[rows] and f64 rest[rows], up to
 * 3 entries past `rows` (a group of four). Rows whose target is `ignoreIndex` are skipped and left as they are (few: they are
 * computed, and their results are meaningless). `targets` may be 0. Tests: test/kernels/log-sum-exp.test.ts; bench: forward.
 */
import { FEW_CLASSES, MIDDLE_CLASSES } from "../../src/memory/constants";
import { LOG2E, exp2Double } from "../math/exp";
import { fewRows, fewRowsTo } from "./few-rows";
import {
  BFLOAT16, FLOAT16, largeRow, largeRowTo, middleRows, middleRowsTo, rowPiece, rowPieceTo, wordsPiece,
} from "./long-row";
import { isIgnored, rowAt } from "./row";

/** f32 max[rows] and f64 rest[rows]: log-sum-exp = max / temperature + log(1 + rest). `scratch` has EXP_SCRATCH_BYTES. */
export function logSumExpRows(
  logits: usize, rows: i32, cols: i32, stride: i32, targets: usize, ignoreIndex: i32, temperature: f64,
  max: usize, rest: usize, scratch: usize,
): void {
  const scale = LOG2E / temperature;
  if (cols <= FEW_CLASSES) {
    fewRows(logits, rows, cols, stride, scale, scratch, max, rest);
    return;
  }
  if (cols <= MIDDLE_CLASSES) {
    middleRows(logits, rows, cols, stride, targets, ignoreIndex, scale, scratch, max, rest);
    return;
  }
  for (let r = 0; r < rows; r++) {
    if (isIgnored(targets, r, ignoreIndex)) continue;
    const row = rowAt(logits, r, stride);
    largeRow(row, cols, scale, scratch, max + (<usize>r << 2), rest + (<usize>r << 3));
  }
}

/**
 * logSumExpRows, with the same bits of max and rest, that also writes every exponential exp((x_c - ref) / temperature) to `out`.
 *
 * Few classes: ref is the row's maximum, and the exponentials are in groups of four rows (few-rows.ts). More classes: rows are
 * `outStride` apart, and each block of 512 classes is relative to the maximum it was computed with, stored at refs[r, block]
 * (rows `refStride` apart).
 */
export function expRows(
  logits: usize, rows: i32, cols: i32, stride: i32, targets: usize, ignoreIndex: i32, temperature: f64,
  max: usize, rest: usize, out: usize, outStride: i32, refs: usize, refStride: i32,
  scratch: usize,
): void {
  const scale = LOG2E / temperature;
  if (cols <= FEW_CLASSES) {
    fewRowsTo(logits, rows, cols, stride, scale, scratch, max, rest, out);
    return;
  }
  if (cols <= MIDDLE_CLASSES) {
    middleRowsTo(
      logits, rows, cols, stride, targets, ignoreIndex, scale, scratch, max, rest, out, outStride, refs, refStride,
    );
    return;
  }
  for (let r = 0; r < rows; r++) {
    if (isIgnored(targets, r, ignoreIndex)) continue;
    const row = rowAt(logits, r, stride);
    const to = rowAt(out, r, outStride);
    const rowRefs = refs + (<usize>(r * refStride) << 2);
    largeRowTo(row, cols, scale, scratch, max + (<usize>r << 2), rest + (<usize>r << 3), to, rowRefs);
  }
}

/**
 * logSumExpRows of one row of more than 4096 classes that comes in pieces, of a multiple of 512 classes each but the last.
 *
 * Between pieces max and rest are those of the classes so far; after the last one they are final if rest >= 0 and max is finite.
 * A row in JavaScript's memory then needs only the space of one piece in L1. See rowPiece in long-row.ts.
 */
export function logSumExpPiece(
  logits: usize, cols: i32, isFirst: bool, temperature: f64, max: usize, rest: usize, scratch: usize,
): void {
  rowPiece(logits, cols, LOG2E / temperature, scratch, isFirst, max, rest);
}

/** expRows of one row in pieces, as logSumExpPiece takes them: the exponentials to `out`, the blocks' references to `refs`. */
export function expPiece(
  logits: usize, cols: i32, isFirst: bool, temperature: f64, max: usize, rest: usize, out: usize, refs: usize, scratch: usize,
): void {
  rowPieceTo(logits, cols, LOG2E / temperature, scratch, isFirst, max, rest, out, refs);
}

/**
 * logSumExpPiece, or expPiece where `out` and `refs` are not 0, of a row of 16-bit floats in the memory: float16 where
 * `isFloat16`, else bfloat16.
 */
export function logSumExpWords(
  words: usize, isFloat16: bool, cols: i32, isFirst: bool, temperature: f64, max: usize, rest: usize, out: usize, refs: usize,
  scratch: usize,
): void {
  wordsPiece(words, isFloat16 ? FLOAT16 : BFLOAT16, cols, LOG2E / temperature, scratch, isFirst, max, rest, out, refs);
}

/**
 * f32 max and f64 rest [rows] merged with those of another part of the same rows: M = max(m, m'),
 * 1 + R <- (1 + R) e^((m - M) / T) + (1 + R') e^((m' - M) / T), in f64.
 */
export function mergeRows(rows: i32, temperature: f64, max: usize, rest: usize, otherMax: usize, otherRest: usize): void {
  const scale = LOG2E / temperature;
  for (let r = 0; r < rows; r++) {
    const m = load<f32>(max);
    const n = load<f32>(otherMax);
    const a = load<f64>(rest);
    const b = load<f64>(otherRest);
    if (a != a || b != b) store<f64>(rest, NaN);
    else if (m >= n) {
      // equal infinities (nothing finite yet, or +inf in both parts) have no difference
      if (m != n) store<f64>(rest, a + (1.0 + b) * exp2Double((<f64>n - <f64>m) * scale));
      else if (m - m == 0) store<f64>(rest, a + (1.0 + b));
    } else {
      store<f32>(max, n);
      store<f64>(rest, b + (1.0 + a) * exp2Double((<f64>m - <f64>n) * scale));
    }
    max += 4;
    otherMax += 4;
    rest += 8;
    otherRest += 8;
  }
}

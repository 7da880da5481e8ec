/**
 * Measures of probability vectors, in nats, with 0 log 0 = 0:
 *
 *   entropy        H(p)     = -sum p log p
 *   cross-entropy  H(p, q)  = -sum p log q
 *   KL divergence  D(p | q) =  sum p (log p - log q)
 *   Jensen-Shannon          =  (D(p | m) + D(q | m)) / 2,  m = (p + q) / 2
 *
 * In f64 (two lanes), because the logarithms of D nearly cancel where p is near q. Reads f32 rows x cols of p and q at their
 * strides (up to 12 bytes past each row) and adds to f64 out[rows], so a row may come in segments. p > 0 where q = 0 gives +inf;
 * NaN stays NaN. Tests: test/losses/information.test.ts.
 */
import { VECTOR, firstLanes, promoteHigh, sumDoubles } from "../math/lanes";
import { logLanes } from "../math/log";
import { rowAt } from "../rows/row";

const ENTROPY: i32 = 0;
const CROSS_ENTROPY: i32 = 1;
const KL: i32 = 2;
const JS: i32 = 3;

/** f64 out[rows] += -sum p log p, the entropy in nats. */
export function entropyRows(p: usize, rows: i32, cols: i32, stride: i32, out: usize): void {
  measureRows(p, p, rows, cols, stride, stride, out, ENTROPY);
}

/** f64 out[rows] += -sum p log q. */
export function crossEntropyBetweenRows(
  p: usize, q: usize, rows: i32, cols: i32, pStride: i32, qStride: i32, out: usize,
): void {
  measureRows(p, q, rows, cols, pStride, qStride, out, CROSS_ENTROPY);
}

/** f64 out[rows] += sum p log(p / q). */
export function klDivergenceRows(
  p: usize, q: usize, rows: i32, cols: i32, pStride: i32, qStride: i32, out: usize,
): void {
  measureRows(p, q, rows, cols, pStride, qStride, out, KL);
}

/** f64 out[rows] += (D(p | m) + D(q | m)) / 2 with m = (p + q) / 2, the Jensen-Shannon divergence in nats. */
export function jsDivergenceRows(
  p: usize, q: usize, rows: i32, cols: i32, pStride: i32, qStride: i32, out: usize,
): void {
  measureRows(p, q, rows, cols, pStride, qStride, out, JS);
}

// @ts-ignore: decorator
@inline
function measureRows(
  pRows: usize, qRows: usize, rows: i32, cols: i32, pStride: i32, qStride: i32, out: usize, measure: i32,
): void {
  for (let r = 0; r < rows; r++) {
    let pAt = rowAt(pRows, r, pStride);
    let qAt = rowAt(qRows, r, qStride);
    let sum = f64x2.splat(0.0);
    for (let i = 0; i < cols; i += 4) {
      const lanes = firstLanes(cols - i < 4 ? cols - i : 4);
      const p = v128.and(v128.load(pAt), lanes);
      const q = v128.and(v128.load(qAt), lanes);
      pAt += VECTOR;
      qAt += VECTOR;
      sum = f64x2.add(sum, term(f64x2.promote_low_f32x4(p), f64x2.promote_low_f32x4(q), measure));
      sum = f64x2.add(sum, term(promoteHigh(p), promoteHigh(q), measure));
    }
    const total = sumDoubles(sum);
    store<f64>(out + (<usize>r << 3), load<f64>(out + (<usize>r << 3)) + total);
  }
}

// @ts-ignore: decorator
@inline
function term(p: v128, q: v128, measure: i32): v128 {
  if (measure == ENTROPY) return f64x2.neg(timesUnlessZero(p, logLanes(p)));
  if (measure == CROSS_ENTROPY) return f64x2.neg(timesUnlessZero(p, logLanes(q)));
  if (measure == KL) return timesUnlessZero(p, f64x2.sub(logLanes(p), logLanes(q)));
  const half = f64x2.splat(0.5);
  const logMiddle = logLanes(f64x2.mul(f64x2.add(p, q), half));
  const fromP = timesUnlessZero(p, f64x2.sub(logLanes(p), logMiddle));
  const fromQ = timesUnlessZero(q, f64x2.sub(logLanes(q), logMiddle));
  return f64x2.mul(f64x2.add(fromP, fromQ), half);
}

/** p y, but 0 where p is 0, whatever y is. */
// @ts-ignore: decorator
@inline
function timesUnlessZero(p: v128, y: v128): v128 {
  return v128.and(f64x2.mul(p, y), f64x2.ne(p, f64x2.splat(0.0)));
}

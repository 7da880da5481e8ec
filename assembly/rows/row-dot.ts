/**
 * Weighted sums of a row, for targets that are distributions and for label smoothing:
 *
 *   a_c = (q_c share + floor) w_c,   mass[r] = sum_c a_c,   dot[r] = sum_c a_c (x_c - m)
 *
 * with q the row's probabilities (0 pointer: 0), w the class weights (0 pointer: 1), share = 1 - eps, floor = eps / C, m the
 * row's maximum. Then sum_c a_c (lse - x_c) = mass (lse - m) - dot.
 *
 * Differences, products and sums are in f64 and counted from m: lse and the dot nearly cancel where the model is right, and f32,
 * or sums of the logits themselves, would leave an error of 1e-6. Classes with q_c share + floor = 0 contribute 0, even where
 * x_c = -inf (a masked class); a class weight of 0 at x_c = -inf gives NaN, as in PyTorch.
 *
 * Reads f32 x and q of rows x cols at their strides, f32 w[cols] and max[rows], up to 12 bytes past each; writes f64 dot[rows]
 * and mass[rows]. Rows whose target is ignoreIndex are skipped (`targets` may be 0). Tests: test/kernels/row-dot.test.ts.
 */
import { VECTOR, firstLanes, promoteHigh, sumDoubles } from "../math/lanes";
import { isIgnored, rowAt } from "./row";

/** f64 dot[rows] = sum_c a_c (x_c - max) and mass[rows] = sum_c a_c with a_c = (q_c share + floor) w_c. */
export function rowDot(
  logits: usize, rows: i32, cols: i32, stride: i32, probabilities: usize, probabilityStride: i32, weight: usize,
  share: f64, floor: f64, targets: usize, ignoreIndex: i32, max: usize, dot: usize, mass: usize,
): void {
  for (let r = 0; r < rows; r++) {
    if (isIgnored(targets, r, ignoreIndex)) continue;
    const row = rowAt(logits, r, stride);
    const q = rowAt(probabilities, r, probabilityStride);
    const m = load<f32>(max + (<usize>r << 2));
    const dotOut = dot + (<usize>r << 3);
    const massOut = mass + (<usize>r << 3);
    if (probabilities) {
      if (weight) oneRow(row, cols, m, q, weight, share, floor, dotOut, massOut, true, true);
      else oneRow(row, cols, m, q, weight, share, floor, dotOut, massOut, true, false);
    } else if (weight) oneRow(row, cols, m, q, weight, share, floor, dotOut, massOut, false, true);
    else oneRow(row, cols, m, q, weight, share, floor, dotOut, massOut, false, false);
  }
}

/** The flags are literals at each call, so each combination compiles to a loop of its own. */
// @ts-ignore: decorator
@inline
function oneRow(
  x: usize, cols: i32, m: f32, q: usize, w: usize, share: f64, floor: f64, dot: usize, mass: usize,
  hasProbabilities: bool, hasWeight: bool,
): void {
  const shares = f64x2.splat(share);
  const floors = f64x2.splat(floor);
  const zero = f64x2.splat(0.0);
  const max = f64x2.splat(<f64>m);
  // in a segment of -inf only, -inf - -inf counts as 0; mergeDots restores the infinity when it moves to a finite maximum
  const keepsDifference = i64x2.splat(m == -Infinity ? 0 : -1);
  let dots = zero;
  let masses = zero;
  for (let i = 0; i < cols; i += 4) {
    const lanes = firstLanes(cols - i < 4 ? cols - i : 4);
    const values = v128.load(x);
    let low = floors;
    let high = floors;
    if (hasProbabilities) {
      const p = v128.load(q);
      low = f64x2.add(f64x2.mul(f64x2.promote_low_f32x4(p), shares), floors);
      high = f64x2.add(f64x2.mul(promoteHigh(p), shares), floors);
      q += VECTOR;
    }
    // lanes past the row, and classes with q_c share + floor = 0, contribute exact zeros
    low = v128.and(low, v128.shuffle<i32>(lanes, lanes, 0, 0, 1, 1));
    high = v128.and(high, v128.shuffle<i32>(lanes, lanes, 2, 2, 3, 3));
    const partLow = v128.and(f64x2.ne(low, zero), keepsDifference);
    const partHigh = v128.and(f64x2.ne(high, zero), keepsDifference);
    const xLow = v128.and(f64x2.sub(f64x2.promote_low_f32x4(values), max), partLow);
    const xHigh = v128.and(f64x2.sub(promoteHigh(values), max), partHigh);
    if (hasWeight) {
      const weights = v128.and(v128.load(w), lanes);
      low = f64x2.mul(low, f64x2.promote_low_f32x4(weights));
      high = f64x2.mul(high, promoteHigh(weights));
      w += VECTOR;
    }
    masses = f64x2.add(masses, f64x2.add(low, high));
    dots = f64x2.add(dots, f64x2.add(f64x2.mul(low, xLow), f64x2.mul(high, xHigh)));
    x += VECTOR;
  }
  store<f64>(dot, sumDoubles(dots));
  store<f64>(mass, sumDoubles(masses));
}

/**
 * f64 mass[rows] += otherMass, and dot[rows] += otherDot with both dots counted from the greater maximum: merges
 * two parts of the same rows.
 *
 * Call it before mergeRows, which changes max. A part whose mass is 0 adds 0, however far away its maximum is.
 */
export function mergeDots(
  rows: i32, max: usize, otherMax: usize, dot: usize, mass: usize, otherDot: usize, otherMass: usize,
): void {
  for (let r = 0; r < rows; r++) {
    const single = <usize>r << 2;
    const double = <usize>r << 3;
    const m = <f64>load<f32>(max + single);
    const n = <f64>load<f32>(otherMax + single);
    const a = load<f64>(mass + double);
    const b = load<f64>(otherMass + double);
    const moved = n > m && a != 0.0 ? a * (m - n) : 0.0;
    const otherMoved = m > n && b != 0.0 ? b * (n - m) : 0.0;
    store<f64>(dot + double, load<f64>(dot + double) + moved + (load<f64>(otherDot + double) + otherMoved));
    store<f64>(mass + double, a + b);
  }
}

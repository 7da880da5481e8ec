/**
 * Per-row factors that turn a row's exponentials into its gradient. With p_c = e_c / (1 + R) the gradient
 * with respect to logit c is
 *
 *   P p_c - G a_c - H [c = t]
 *
 *   g = u lossScale / T             upstream gradient u (0 pointer: 1), reduction, temperature
 *   H = g hard w_t,   G = g         of the target class, of the distribution a (see row-dot.ts)
 *   P = H + g mass + u zScale lse / T     the factor of the softmax; zScale = 2 zLoss times its reduction
 *
 * Columns: factor = P / (1 + R), share = G; at the target class the gradient is e_t targetFactor + targetAdd, which in general
 * is e_t factor - H. Where the target is the maximum, P / (1 + R) - H would cancel. There it is (P - H) - lost with lost = factor
 * R, so that the gradient of [20, 0, 0], class 0, is -4.12e-9 and not 0. `whole` = P and `lost` serve the same purpose for
 * distributions (gradient-rows.ts).
 *
 * All in f64, two rows per step; reads and writes columns rounded up to four rows. An infinite m or a NaN gives NaN. Ignored rows
 * (`targets` 0: none) get 0. A null `whole` means that P = H = g in every row, as in a class loss without options; share and lost
 * are then not written. Tests: test/kernels/gradient-kernels.test.ts.
 */
/**
 * f32 columns factor = P / (1 + R), share = G, targetFactor, targetAdd, whole = P and lost = factor R, which turn exponentials
 * into gradients; without `whole` those of a class loss without options.
 */
export function gradientScales(
  rows: i32, lossScale: f64, zScale: f64, hard: f64, temperature: f64, max: usize, rest: usize, logSum: usize,
  target: usize, rowWeight: usize, mass: usize, upstream: usize, targets: usize, ignoreIndex: i32,
  factor: usize, share: usize, targetFactor: usize, targetAdd: usize, whole: usize, lost: usize,
): void {
  if (!whole) {
    plainScales(rows, lossScale / temperature, max, rest, target, targets, ignoreIndex, factor, targetFactor, targetAdd);
    return;
  }
  const inverse = f64x2.splat(1.0 / temperature);
  for (let r = 0; r < rows; r += 2) {
    const double = <usize>r << 3;
    let u = inverse;
    if (upstream) u = f64x2.mul(u, v128.load(upstream + double));
    const g = f64x2.mul(u, f64x2.splat(lossScale));
    let h = f64x2.mul(g, f64x2.splat(hard));
    if (rowWeight) h = f64x2.mul(h, v128.load(rowWeight + double));
    let p = h;
    if (mass) p = f64x2.add(p, f64x2.mul(g, v128.load(mass + double)));
    if (zScale != 0.0) {
      const m = f64x2.promote_low_f32x4(v128.load64_zero(max + (<usize>r << 2)));
      const lse = f64x2.add(f64x2.mul(m, inverse), v128.load(logSum + double));
      p = f64x2.add(p, f64x2.mul(f64x2.mul(u, f64x2.splat(zScale)), lse));
    }
    oneStep(r, p, h, g, max, rest, target, targets, ignoreIndex, factor, share, targetFactor, targetAdd, whole, lost);
  }
}

/**
 * The columns of a class loss without options, P = H = G = g. In f32, because nothing cancels, and four rows per step: at ten
 * classes the columns take a twentieth of the gradient's time.
 */
function plainScales(
  rows: i32, g: f64, max: usize, rest: usize, target: usize, targets: usize, ignoreIndex: i32,
  factor: usize, targetFactor: usize, targetAdd: usize,
): void {
  const gs = f32x4.splat(<f32>g);
  const one = f32x4.splat(1.0);
  const ignored = i32x4.splat(ignoreIndex);
  for (let r = 0; r < rows; r += 4) {
    const single = <usize>r << 2;
    const double = <usize>r << 3;
    const R = joined(v128.load(rest + double), v128.load(rest + double, 16));
    const m = v128.load(max + single);
    const keep = targets ? i32x4.ne(v128.load(targets + single), ignored) : i32x4.splat(-1);
    const isMax = f32x4.eq(v128.load(target + single), m);
    // m - m: 0, or NaN where m is infinite
    const f = v128.and(f32x4.add(f32x4.div(gs, f32x4.add(one, R)), f32x4.sub(m, m)), keep);
    v128.store(factor + single, f);
    v128.store(targetFactor + single, v128.andnot(f, isMax));
    v128.store(targetAdd + single, f32x4.neg(v128.bitselect(f32x4.mul(f, R), v128.and(gs, keep), isMax)));
  }
}

/** Four f64 lanes as f32. */
// @ts-ignore: decorator
@inline
function joined(a: v128, b: v128): v128 {
  return v128.shuffle<i64>(f32x4.demote_f64x2_zero(a), f32x4.demote_f64x2_zero(b), 0, 2);
}

// @ts-ignore: decorator
@inline
function oneStep(
  r: i32, p: v128, h: v128, g: v128, max: usize, rest: usize, target: usize, targets: usize, ignoreIndex: i32,
  factor: usize, share: usize, targetFactor: usize, targetAdd: usize, whole: usize, lost: usize,
): void {
  const single = <usize>r << 2;
  const R = v128.load(rest + (<usize>r << 3));
  const m = v128.load64_zero(max + single);
  const wide = f64x2.promote_low_f32x4(m);
  let keep = i64x2.splat(-1);
  if (targets) {
    const ignored = i32x4.eq(v128.load64_zero(targets + single), i32x4.splat(ignoreIndex));
    keep = v128.not(v128.shuffle<i32>(ignored, ignored, 0, 0, 1, 1));
  }
  // m - m: 0, or NaN where m is infinite
  const f = f64x2.add(f64x2.div(p, f64x2.add(f64x2.splat(1.0), R)), f64x2.sub(wide, wide));
  const below = f64x2.mul(f, R);
  storePair(factor + single, v128.and(f, keep));
  storePair(share + single, v128.and(g, keep));
  storePair(whole + single, v128.and(p, keep));
  storePair(lost + single, v128.and(below, keep));
  const same = f32x4.eq(v128.load64_zero(target + single), m);
  const isMax = v128.shuffle<i32>(same, same, 0, 0, 1, 1);
  storePair(targetFactor + single, v128.and(v128.andnot(f, isMax), keep));
  const add = v128.bitselect(f64x2.sub(f64x2.sub(p, h), below), f64x2.neg(h), isMax);
  storePair(targetAdd + single, v128.and(add, keep));
}

/** Two f64 lanes as f32. */
// @ts-ignore: decorator
@inline
function storePair(to: usize, values: v128): void {
  v128.store64_lane(to, f32x4.demote_f64x2_zero(values), 0);
}

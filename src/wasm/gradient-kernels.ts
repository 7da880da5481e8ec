/** The exports that make gradients of exponentials, and the poly loss: a part of Kernels. */
export interface GradientKernels {
  /** f32 columns that make gradients of exponentials: see gradient-scales.ts; `whole` 0: a class loss without options. */
  gradientScales(
    rows: number,
    lossScale: number,
    zScale: number,
    hard: number,
    temperature: number,
    max: number,
    rest: number,
    logSum: number,
    target: number,
    rowWeight: number,
    mass: number,
    upstream: number,
    targets: number,
    ignoreIndex: number,
    factor: number,
    share: number,
    targetFactor: number,
    targetAdd: number,
    whole: number,
    lost: number,
  ): void;
  /** out = e factor, at the target e targetFactor + targetAdd, of exponentials in groups of four rows. */
  gradientFewRows(
    exps: number,
    rows: number,
    cols: number,
    targets: number,
    ignoreIndex: number,
    factor: number,
    targetFactor: number,
    targetAdd: number,
    out: number,
    outStride: number,
  ): void;
  /** Groups of four rows as rows. */
  ungroupRows(exps: number, rows: number, cols: number, out: number, outStride: number): void;
  /** The same as gradientFewRows of rows of more classes; `out` may be `exps`. */
  gradientRows(
    exps: number,
    rows: number,
    cols: number,
    stride: number,
    refs: number,
    refStride: number,
    temperature: number,
    max: number,
    factor: number,
    targetFactor: number,
    targetAdd: number,
    targets: number,
    ignoreIndex: number,
    firstClass: number,
    out: number,
    outStride: number,
  ): void;
  /** The same less share a_c, a_c = (q_c shareOfQ + floor) w_c. */
  gradientShareRows(
    exps: number,
    rows: number,
    cols: number,
    stride: number,
    refs: number,
    refStride: number,
    temperature: number,
    max: number,
    factor: number,
    targetFactor: number,
    targetAdd: number,
    targets: number,
    ignoreIndex: number,
    firstClass: number,
    share: number,
    whole: number,
    lost: number,
    probabilities: number,
    probabilityStride: number,
    weight: number,
    shareOfQ: number,
    floor: number,
    out: number,
    outStride: number,
  ): void;
  /** grad_c *= 1 - (x_c / cap)^2. */
  softcapSlope(
    logits: number,
    rows: number,
    cols: number,
    stride: number,
    cap: number,
    targets: number,
    ignoreIndex: number,
    grad: number,
    gradStride: number,
  ): void;
  /** out_c = share scale w_c (logSum - (x_c - max) / T). */
  probabilityGradientRows(
    logits: number,
    rows: number,
    cols: number,
    stride: number,
    temperature: number,
    max: number,
    logSum: number,
    share: number,
    scale: number,
    weight: number,
    out: number,
    outStride: number,
  ): void;
  /** f64 loss += epsilon (1 - e^-loss), f64 scale = 1 + epsilon e^-loss. */
  polyRows(rows: number, epsilon: number, loss: number, scale: number): void;
  /** f64 lacking += sum_c q_c (1 - p_c). */
  polyLackingRows(
    exps: number,
    rows: number,
    cols: number,
    stride: number,
    refs: number,
    refStride: number,
    max: number,
    factor: number,
    lost: number,
    probabilities: number,
    probabilityStride: number,
    lacking: number,
  ): void;
  /** f32 out = p whole - q share (1 + epsilon p). */
  polyShareRows(
    exps: number,
    rows: number,
    cols: number,
    stride: number,
    refs: number,
    refStride: number,
    max: number,
    factor: number,
    share: number,
    whole: number,
    epsilon: number,
    probabilities: number,
    probabilityStride: number,
    out: number,
    outStride: number,
  ): void;
}

import type { GradientKernels } from "./gradient-kernels.js";

/**
 * The module's exports as TypeScript sees them. Pointers are byte offsets in the memory that the instance was made with;
 * each kernel's formula, and what it reads and writes, is at the head of its file in assembly/.
 */
export interface Kernels extends GradientKernels {
  /** f32 max[rows] = row maxima. */
  rowMax(logits: number, rows: number, cols: number, stride: number, max: number): void;
  /** f64 sum[rows] = sum_c exp((x_c - max) / temperature). */
  rowExpSum(
    logits: number,
    rows: number,
    cols: number,
    stride: number,
    max: number,
    temperature: number,
    sum: number,
    scratch: number,
  ): void;
  /** f32 out[rows] = x[r, targets[r] - firstClass]; ignored rows 0, targets of other segments left as they are. */
  rowTarget(
    logits: number,
    rows: number,
    cols: number,
    stride: number,
    targets: number,
    ignoreIndex: number,
    firstClass: number,
    out: number,
  ): void;
  /** f64 sum[rows] += sum_c x_c. */
  rowSum(x: number, rows: number, cols: number, stride: number, sum: number): void;
  /** Index of the first of `count` f32 that is not in [0, 1], or -1. */
  firstOutside(x: number, count: number): number;
  /** f64 dot[rows] = sum_c a_c (x_c - max) and mass[rows] = sum_c a_c with a_c = (q_c share + floor) w_c. */
  rowDot(
    logits: number,
    rows: number,
    cols: number,
    stride: number,
    probabilities: number,
    probabilityStride: number,
    weight: number,
    share: number,
    floor: number,
    targets: number,
    ignoreIndex: number,
    max: number,
    dot: number,
    mass: number,
  ): void;
  /** (dot, mass)[rows] joined with another part of the same rows, before mergeRows. */
  mergeDots(rows: number, max: number, otherMax: number, dot: number, mass: number, otherDot: number, otherMass: number): void;
  /** f32 max[rows] and f64 rest[rows]: log-sum-exp = max / temperature + log(1 + rest). `scratch`: EXP_SCRATCH_BYTES. */
  logSumExpRows(
    logits: number,
    rows: number,
    cols: number,
    stride: number,
    targets: number,
    ignoreIndex: number,
    temperature: number,
    max: number,
    rest: number,
    scratch: number,
  ): void;
  /** The same as logSumExpRows with exponentials in f64. */
  logSumExpDoubleRows(
    logits: number,
    rows: number,
    cols: number,
    stride: number,
    targets: number,
    ignoreIndex: number,
    temperature: number,
    max: number,
    rest: number,
  ): void;
  /** i32 rank[rows] += classes with a logit greater than targetLogit, or an equal one and a lower index. */
  rowRank(
    logits: number,
    rows: number,
    cols: number,
    stride: number,
    targets: number,
    ignoreIndex: number,
    firstClass: number,
    targetLogit: number,
    rank: number,
  ): void;
  /**
   * f32 values[rows, k] and i32 ids[rows, k]: the k greatest, equal ones by index; joined with earlier segments' unless
   * firstClass is 0.
   */
  rowTop(
    logits: number,
    rows: number,
    cols: number,
    stride: number,
    targets: number,
    ignoreIndex: number,
    firstClass: number,
    k: number,
    values: number,
    ids: number,
  ): void;
  /** f32 max and otherMax, f64 rest, otherRest and dot [rows] of x and y; with `joins` (0, 1) joined with what is there. */
  softmaxDivergenceRows(
    x: number,
    y: number,
    rows: number,
    cols: number,
    xStride: number,
    yStride: number,
    targets: number,
    ignoreIndex: number,
    temperature: number,
    joins: number,
    max: number,
    rest: number,
    otherMax: number,
    otherRest: number,
    dot: number,
  ): void;
  /** f64 out[rows] = KL(softmax x to softmax y), `rows` rounded up to four. */
  softmaxDivergenceFinish(rows: number, temperature: number, rest: number, otherRest: number, dot: number, out: number): void;
  /**
   * f64 sum[rows] = sum_c e_c - 1 and dot[rows] = sum_c e_c (x_c - max), from the exponentials e, refs, max and rest that expRows has
   * left, row by row; joined with those in sum and dot from the second segment on (earlierMax 0: the first).
   */
  softmaxEntropyRows(
    logits: number,
    rows: number,
    cols: number,
    stride: number,
    exps: number,
    expStride: number,
    refs: number,
    refStride: number,
    targets: number,
    ignoreIndex: number,
    temperature: number,
    max: number,
    rest: number,
    earlierMax: number,
    sum: number,
    dot: number,
  ): void;
  /** f64 out[rows] = log(1 + sum) - dot / (T (1 + sum)), `rows` rounded up to four. */
  softmaxEntropyFinish(rows: number, temperature: number, max: number, sum: number, dot: number, out: number): void;
  /**
   * logSumExpRows, which leaves exp((x_c - ref) / temperature) at out, and each block's ref at refs; up to 128 classes relative to
   * max, class by class in groups of four rows.
   */
  expRows(
    logits: number,
    rows: number,
    cols: number,
    stride: number,
    targets: number,
    ignoreIndex: number,
    temperature: number,
    max: number,
    rest: number,
    out: number,
    outStride: number,
    refs: number,
    refStride: number,
    scratch: number,
  ): void;
  /**
   * logSumExpRows of one row of more than 4096 classes piece by piece, each of a multiple of 512 classes but the last. After the last
   * one max and rest are right if rest >= 0 and max is finite.
   */
  logSumExpPiece(
    logits: number,
    cols: number,
    isFirst: number,
    temperature: number,
    max: number,
    rest: number,
    scratch: number,
  ): void;
  /** The same of expRows. */
  expPiece(
    logits: number,
    cols: number,
    isFirst: number,
    temperature: number,
    max: number,
    rest: number,
    out: number,
    refs: number,
    scratch: number,
  ): void;
  /** Either of a row of 16-bit floats that live in the memory; out and refs 0: exponentials are not kept. */
  logSumExpWords(
    words: number,
    isFloat16: number,
    cols: number,
    isFirst: number,
    temperature: number,
    max: number,
    rest: number,
    out: number,
    refs: number,
    scratch: number,
  ): void;
  /** (max, rest)[rows] joined with another part of the same rows. */
  mergeRows(rows: number, temperature: number, max: number, rest: number, otherMax: number, otherRest: number): void;
  /** out = cap tanh(logits / cap), `count` elements rounded up to four. */
  softcap(logits: number, count: number, cap: number, out: number): void;
  /** out[c, r] = panel[r, c]. */
  transpose(panel: number, rows: number, cols: number, stride: number, out: number, outStride: number): void;
  /** f64 loss[rows] (and z[rows]) from max, rest, target, rowWeight, dot, mass. */
  crossEntropyRows(
    rows: number,
    temperature: number,
    hard: number,
    zLoss: number,
    max: number,
    rest: number,
    target: number,
    rowWeight: number,
    dot: number,
    mass: number,
    targets: number,
    ignoreIndex: number,
    loss: number,
    z: number,
  ): void;
  /** Per eight rows two f64 logs = log of the products of 1 + rest, and two f64 distances = sums of (max - target) / T. */
  crossEntropyGroups(
    rows: number,
    temperature: number,
    max: number,
    rest: number,
    target: number,
    targets: number,
    ignoreIndex: number,
    logs: number,
    distances: number,
  ): void;
  /** f32 out[rows] = max + log(1 + rest); leaves log(1 + rest) in rest. */
  logSumExpFinish(rows: number, max: number, rest: number, out: number): void;
  /** f32 out = softmax of rows whose max and rest are known; may be the logits' own place. */
  softmaxRows(
    logits: number,
    rows: number,
    cols: number,
    stride: number,
    max: number,
    rest: number,
    out: number,
    outStride: number,
    scratch: number,
  ): void;
  /** f32 out = log-softmax of rows whose max and log(1 + rest) are known; may be the logits' own place. */
  logSoftmaxRows(
    logits: number,
    rows: number,
    cols: number,
    stride: number,
    max: number,
    logSum: number,
    out: number,
    outStride: number,
  ): void;
  /** f64 out[rows] += entropy in nats. */
  entropyRows(p: number, rows: number, cols: number, stride: number, out: number): void;
  /** f64 out[rows] += -sum p log q. */
  crossEntropyBetweenRows: MeasureKernel;
  /** f64 out[rows] += sum p log(p / q). */
  klDivergenceRows: MeasureKernel;
  /** f64 out[rows] += Jensen-Shannon divergence. */
  jsDivergenceRows: MeasureKernel;
  /** f32 out = the float16 words, exactly; `count` elements rounded up to four, words perhaps in the upper half of out. */
  float16ToFloat32: WidenKernel;
  /** The same of bfloat16. */
  bfloat16ToFloat32: WidenKernel;
  /** float16 out = f32 values, rounded to nearest, ties to even; exactly `count` words, perhaps over the values. */
  float32ToFloat16: NarrowKernel;
  /** The same to bfloat16. */
  float32ToBfloat16: NarrowKernel;
  /** f32 loss, and with an address grad and targetGrad, of a loss of one value an element; f64 sum: see assembly/losses/elements.ts. */
  elementLoss(
    kind: number,
    x: number,
    y: number,
    count: number,
    weight: number,
    posWeight: number,
    upstream: number,
    scale: number,
    a: number,
    b: number,
    loss: number,
    grad: number,
    targetGrad: number,
    sum: number,
    scratch: number,
  ): void;
  /** f32 out = exp(x), x <= 0, as the kernels compute it: for tests. */
  expLanes(x: number, count: number, out: number): void;
  /** f32 out = exp(x) of any x, `count` elements and as many of scratch rounded up to four: for tests. */
  expSingle(x: number, count: number, out: number, scratch: number): void;
  /** f32 out = log(x), `count` elements and as many of scratch rounded up to four: for tests. */
  logSingle(x: number, count: number, out: number, scratch: number): void;
  /** f64 out = log(1 + r), `count` elements rounded up to four; out may be r. */
  log1pRows(r: number, count: number, out: number): void;
  /** f64 out = log(x): for tests. */
  logDouble(x: number, count: number, out: number): void;
}

type MeasureKernel = (p: number, q: number, rows: number, cols: number, pStride: number, qStride: number, out: number) => void;

type WidenKernel = (words: number, count: number, out: number) => void;

type NarrowKernel = (values: number, count: number, out: number) => void;

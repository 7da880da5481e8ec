/** Calls of linear cross-entropy that no function can take, each with its error. */
import { detached, type ErrorClass } from "./refusal.js";

export interface Refusal {
  readonly what: string;
  /** Made anew for each call: hidden, linearWeight and targets. Default: 2 rows of 3 and 4 classes, all good. */
  readonly args?: (good: GoodArguments) => readonly unknown[];
  readonly options?: (good: GoodArguments) => object;
  readonly error: ErrorClass;
  readonly message: string;
}

export interface GoodArguments {
  readonly hidden: Float32Array<ArrayBuffer>;
  readonly linearWeight: { readonly data: Float32Array<ArrayBuffer>; readonly dims: readonly number[] };
  readonly targets: Int32Array;
}

/** 2 rows of 3 elements, 4 classes. */
export function goodArguments(): GoodArguments {
  return {
    hidden: Float32Array.of(1, 2, 3, -1, 0.5, 2),
    linearWeight: { data: Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1), dims: [4, 3] },
    targets: Int32Array.of(2, 3),
  };
}

const int8 = (fields: object = {}): object => ({ data: new Int8Array(12), dims: [4, 3], scales: [1, 1, 1, 1], ...fields });
/** 4 classes of 3 elements: one block of 16 bytes per class. */
const uint4 = (fields: object = {}): object => ({ data: new Uint8Array(64), dims: [4, 3], scales: [1, 1, 1, 1], ...fields });

function weight(what: string, value: (good: GoodArguments) => unknown, error: ErrorClass, message: string): Refusal {
  return { what, args: (good) => [good.hidden, value(good), good.targets], error, message };
}

/** Of every function: hidden, weight, bias and targets whose types or sizes do not fit. */
export const layerRefusals: readonly Refusal[] = [
  {
    what: "hidden of integers",
    args: ({ linearWeight, targets }) => [new Int32Array(6), linearWeight, targets],
    error: TypeError,
    message:
      "hidden: expected a Float32Array, a Float64Array, a Float16Array, an array of numbers or a tensor object { data, dims | shape, type? }, got Int32Array(6)",
  },
  {
    what: "hidden of no whole rows",
    args: ({ hidden, linearWeight, targets }) => [hidden.subarray(1), linearWeight, targets],
    error: RangeError,
    message: "hidden: expected a multiple of 3 elements, as many per row as linearWeight has, got 5",
  },
  {
    what: "hidden of another shape",
    options: () => ({ shape: [2, 4] }),
    error: RangeError,
    message: "hidden: expected 8 elements for the shape [2, 4], got 6",
  },
  {
    what: "hidden of no elements per row",
    args: ({ targets }) => [{ data: new Float32Array(0), dims: [2, 0] }, { data: new Float32Array(0), dims: [4, 0] }, targets],
    error: RangeError,
    message: "hidden: expected at least one element per row, got 0",
  },
  {
    what: "hidden whose rows are wider than the weight's",
    args: ({ linearWeight }) => [{ data: new Float32Array(8), dims: [2, 4] }, linearWeight, [2, 3]],
    error: RangeError,
    message: "linearWeight: expected dims [classes, 4] for hidden of 4 per row, got [4, 3] (transpose it: one row per class)",
  },
  {
    what: "hidden whose rows are narrower than the weight's",
    options: () => ({ shape: [3, 2] }),
    error: RangeError,
    message: "linearWeight: expected dims [classes, 2] for hidden of 2 per row, got [4, 3]",
  },
  {
    what: "flat rows whose number nothing tells",
    args: () => [new Float32Array(6), new Float32Array(12), []],
    error: TypeError,
    message: "options.shape: expected the shape of hidden, unless it or linearWeight has dims, got undefined",
  },
  {
    what: "a detached hidden",
    args: ({ hidden, linearWeight, targets }) => [detached(hidden), linearWeight, targets],
    error: TypeError,
    message: "hidden: expected an array with data, got a detached Float32Array (its buffer was transferred)",
  },
  weight(
    "a weight that is no array",
    () => "weights",
    TypeError,
    'linearWeight: expected a Float32Array, a Float64Array, a Float16Array, an array of numbers or a tensor object { data, dims | shape, type? }, got "weights"',
  ),
  weight(
    "a weight of another element type",
    () => ({ data: new Int32Array(12), dims: [4, 3] }),
    TypeError,
    'linearWeight.data: expected a Float32Array, a Float64Array, a Float16Array, an array of numbers, or a Uint16Array of type "float16" or "bfloat16", got Int32Array(12)',
  ),
  weight(
    "a weight of three axes",
    () => ({ data: new Float32Array(12), dims: [2, 2, 3] }),
    RangeError,
    "linearWeight: expected dims [classes, width], got [2, 2, 3]",
  ),
  weight(
    "a weight of one axis",
    () => ({ data: new Float32Array(12), dims: [12] }),
    RangeError,
    "linearWeight: expected dims [classes, width], got [12]",
  ),
  {
    what: "a flat weight of no whole rows",
    args: ({ hidden, targets }) => [{ data: hidden, dims: [2, 3] }, new Float32Array(11), targets],
    error: RangeError,
    message: "linearWeight: expected a multiple of 3 elements, rows of the 3 that hidden has, got 11",
  },
  weight(
    "a weight of no classes",
    () => ({ data: new Float32Array(0), dims: [0, 3] }),
    RangeError,
    "linearWeight: expected at least one class, got 0",
  ),
  weight(
    "a detached weight",
    ({ linearWeight }) => ({ ...linearWeight, data: detached(linearWeight.data) }),
    TypeError,
    "linearWeight.data: expected an array with data, got a detached Float32Array (its buffer was transferred)",
  ),
  weight(
    "floats with scales",
    ({ linearWeight }) => ({ ...linearWeight, scales: [1, 1, 1, 1] }),
    TypeError,
    "linearWeight.scales: expected none with weights that are floats, got an array of 4",
  ),
  weight(
    "8 bits without scales",
    () => int8({ scales: undefined }),
    TypeError,
    "linearWeight.scales: expected scales with weights that are integers: { data, dims, scales }, got none",
  ),
  weight(
    "a bare Int8Array",
    () => new Int8Array(12),
    TypeError,
    "linearWeight.scales: expected scales with weights that are integers: { data, dims, scales }, got none",
  ),
  weight(
    "8 bits with a wrong number of scales",
    () => int8({ scales: [1, 1, 1] }),
    RangeError,
    "linearWeight.scales: expected 4 scales, one per row, or 4, one per block of 32, got 3",
  ),
  weight(
    "8 bits with scales of integers",
    () => int8({ scales: new Int32Array(4) }),
    TypeError,
    "linearWeight.scales: expected a Float32Array, a Float64Array, a Float16Array, an array of numbers or a tensor object { data, dims | shape, type? }, got Int32Array(4)",
  ),
  weight(
    "8 bits with zero points",
    () => int8({ zeroPoints: new Uint8Array(4) }),
    TypeError,
    "linearWeight.zeroPoints: expected none with 8 bits, which are symmetric, got Uint8Array(4)",
  ),
  weight(
    "8 bits of another type",
    () => int8({ type: "int4" }),
    TypeError,
    'linearWeight.type: expected "int8" for Int8Array(12), got "int4"',
  ),
  weight(
    "8 bits with dims of another length",
    () => int8({ dims: [5, 3] }),
    RangeError,
    "linearWeight: expected 15 elements for the shape [5, 3], got 12",
  ),
  weight(
    "8 bits of three axes",
    () => int8({ dims: [2, 2, 3] }),
    RangeError,
    "linearWeight: expected dims [classes, width], got [2, 2, 3]",
  ),
  {
    what: "8 bits of no whole rows",
    args: ({ hidden, targets }) => [{ data: hidden, dims: [2, 3] }, int8({ data: new Int8Array(11), dims: undefined }), targets],
    error: RangeError,
    message: "linearWeight: expected a multiple of 3 elements, rows of the 3 that hidden has, got 11",
  },
  weight(
    "detached 8 bits",
    () => int8({ data: detached(new Int8Array(12)) }),
    TypeError,
    "linearWeight.data: expected an array with data, got a detached Int8Array (its buffer was transferred)",
  ),
  weight(
    "4 bits without scales",
    () => uint4({ scales: undefined }),
    TypeError,
    "linearWeight.scales: expected scales with weights that are integers: { data, dims, scales }, got none",
  ),
  weight(
    "4 bits that are one byte each",
    () => uint4({ data: new Uint8Array(12) }),
    RangeError,
    "linearWeight: expected a multiple of 16 bytes, 16 for each 32 of a row's 3 elements, got 12",
  ),
  weight(
    "4 bits with dims of more rows",
    () => uint4({ dims: [5, 3] }),
    RangeError,
    "linearWeight.data: expected 80 bytes for 5 rows of 3, got 64",
  ),
  weight(
    "4 bits in blocks of another width",
    () => uint4({ dims: [2, 2, 16], data: new Uint8Array(64) }),
    RangeError,
    "linearWeight: expected dims [classes, 1, 16] for hidden of 3 per row, got [2, 2, 16]",
  ),
  weight(
    "4 bits in blocks of another size",
    () => uint4({ dims: [4, 1, 8] }),
    RangeError,
    "linearWeight: expected dims [classes, width] or [classes, blocks, 16], got [4, 1, 8]",
  ),
  weight(
    "4 bits with a wrong number of scales",
    () => uint4({ scales: [1, 1] }),
    RangeError,
    "linearWeight.scales: expected 4 scales, one per block of 32, got 2",
  ),
  weight(
    "4 bits with a wrong number of zero points",
    () => uint4({ zeroPoints: new Uint8Array(2) }),
    RangeError,
    "linearWeight.zeroPoints: expected 4 bytes, two blocks per byte of a row, got 2",
  ),
  weight(
    "4 bits with zero points of another type",
    () => uint4({ zeroPoints: [8, 8, 8, 8] }),
    TypeError,
    "linearWeight.zeroPoints: expected a Uint8Array, two per byte, got an array of 4",
  ),
  weight(
    "4 bits of a signed type",
    () => uint4({ type: "int8" }),
    TypeError,
    'linearWeight.type: expected "uint4" or "uint8" for Uint8Array(64), got "int8"',
  ),
  {
    what: "a bias of another length",
    options: () => ({ bias: [1, 2, 3] }),
    error: RangeError,
    message: "options.bias: expected 4 elements, one per class, got 3",
  },
  {
    what: "a bias of integers",
    options: () => ({ bias: new Int32Array(4) }),
    error: TypeError,
    message:
      "options.bias: expected a Float32Array, a Float64Array, a Float16Array, an array of numbers or a tensor object { data, dims | shape, type? }, got Int32Array(4)",
  },
  {
    what: "a target too few",
    args: ({ hidden, linearWeight }) => [hidden, linearWeight, [2]],
    error: RangeError,
    message: "targets: expected 2 targets, one per row, got 1",
  },
  {
    what: "a target that is no class",
    args: ({ hidden, linearWeight }) => [hidden, linearWeight, [2, 4]],
    error: RangeError,
    message: "targets[1]: expected 0..3 or ignoreIndex (-100), got 4",
  },
  {
    what: "targets of another shape than the rows'",
    args: ({ linearWeight }) => [
      { data: new Float32Array(12), dims: [2, 2, 3] },
      linearWeight,
      { data: new Int32Array(4), dims: [4] },
    ],
    options: () => ({ shift: 0 }),
    error: RangeError,
    message: "targets: expected the shape of the rows, [2, 2], got [4]",
  },
];

/** Of the losses alone. */
export const lossRefusals: readonly Refusal[] = [
  {
    what: "probabilities of another length",
    args: ({ hidden, linearWeight }) => [hidden, linearWeight, new Float32Array(6)],
    error: RangeError,
    message: "targets: expected 8 probabilities, one per logit, got 6",
  },
  {
    what: "classes in an array of floats",
    args: ({ hidden, linearWeight }) => [hidden, linearWeight, new Float32Array(2)],
    error: RangeError,
    message:
      "targets: expected 8 probabilities, one per logit, got 2 (class indices go in an integer array: Int32Array.from(targets))",
  },
  {
    what: "probabilities of another shape",
    args: ({ hidden, linearWeight }) => [
      { data: hidden, dims: [2, 3] },
      linearWeight,
      { data: new Float32Array(8), dims: [4, 2] },
    ],
    error: RangeError,
    message: "targets: expected the logits' shape [2, 4], got [4, 2]",
  },
  {
    what: "probabilities whose last axis is not the classes",
    args: ({ hidden, linearWeight }) => [hidden, linearWeight, { data: new Float32Array(8), dims: [4, 2] }],
    error: RangeError,
    message: "targets: expected the logits' shape [.., 4], got [4, 2]",
  },
  {
    what: "probabilities with ignoreIndex",
    args: ({ hidden, linearWeight }) => [hidden, linearWeight, new Float32Array(8)],
    options: () => ({ ignoreIndex: -100 }),
    error: RangeError,
    message: "options.ignoreIndex: expected none with probabilities as targets, got -100",
  },
  {
    what: "class weights of another length",
    options: () => ({ weight: [1, 2, 3] }),
    error: RangeError,
    message: "options.weight: expected 4 weights, one per class, got 3",
  },
  {
    what: "sample weights of another length",
    options: () => ({ sampleWeight: [1, 2, 3] }),
    error: RangeError,
    message: "options.sampleWeight: expected 2 entries, one per row, got 3",
  },
  {
    what: "a mask of another length",
    options: () => ({ mask: [true] }),
    error: RangeError,
    message: "options.mask: expected 2 entries, one per row, got 1",
  },
  {
    what: "label smoothing beyond 1",
    options: () => ({ labelSmoothing: 1.5 }),
    error: RangeError,
    message: "options.labelSmoothing: expected a number in [0, 1], got 1.5",
  },
];

/** Of the gradients alone. */
export const gradientRefusals: readonly Refusal[] = [
  {
    what: "wants that is no list",
    options: () => ({ wants: "hidden" }),
    error: TypeError,
    message: 'options.wants: expected a list of "hidden", "linearWeight", "bias", got "hidden"',
  },
  {
    what: "an empty wants",
    options: () => ({ wants: [] }),
    error: RangeError,
    message: 'options.wants: expected a list of "hidden", "linearWeight", "bias", one at least, got an empty list',
  },
  {
    what: "wants with another name",
    options: () => ({ wants: ["hidden", "weight"] }),
    error: RangeError,
    message: 'options.wants[1]: expected a list of "hidden", "linearWeight", "bias", got "weight"',
  },
  {
    what: "wants with a number",
    options: () => ({ wants: [0] }),
    error: TypeError,
    message: 'options.wants[0]: expected a list of "hidden", "linearWeight", "bias", got 0',
  },
  {
    what: "gradOut that is an array",
    options: () => ({ gradOut: new Float32Array(6) }),
    error: TypeError,
    message: "options.gradOut: expected an object { hidden, linearWeight, bias } of arrays, got Float32Array(6)",
  },
  {
    what: "gradOut with another name",
    options: () => ({ gradOut: { logits: new Float32Array(8) } }),
    error: TypeError,
    message: 'options.gradOut: expected an object { hidden, linearWeight, bias } of arrays, got "logits"',
  },
  {
    what: "gradOut without an array",
    options: () => ({ gradOut: {} }),
    error: RangeError,
    message: "options.gradOut: expected an array for one gradient at least, got none",
  },
  {
    what: "an array for a gradient that is not wanted",
    options: () => ({ wants: ["bias"], gradOut: { hidden: new Float32Array(6) } }),
    error: RangeError,
    message: "options.gradOut.hidden: expected none, as wants does not have it, got an array",
  },
  {
    what: "an array of another length",
    options: () => ({ gradOut: { hidden: new Float32Array(7) } }),
    error: RangeError,
    message: "options.gradOut.hidden: expected 6 elements, got 7",
  },
  {
    what: "an array of another type",
    options: () => ({ gradOut: { linearWeight: new Float64Array(12) } }),
    error: TypeError,
    message: "options.gradOut.linearWeight: expected a Float32Array of 12 elements, got Float64Array(12)",
  },
  {
    what: "a detached array",
    options: () => ({ gradOut: { bias: detached(new Float32Array(4)) } }),
    error: TypeError,
    message: "options.gradOut.bias: expected an array with data, got a detached Float32Array (its buffer was transferred)",
  },
  {
    what: "accumulate without arrays",
    options: () => ({ accumulate: true }),
    error: TypeError,
    message: "options.accumulate: expected gradOut with it, to add to, got none",
  },
  {
    what: "accumulate that is no boolean",
    options: () => ({ accumulate: 1, gradOut: { hidden: new Float32Array(6) } }),
    error: TypeError,
    message: "options.accumulate: expected a boolean, got 1",
  },
  {
    what: "negative maxBytes",
    options: () => ({ maxBytes: -1 }),
    error: RangeError,
    message: "options.maxBytes: expected an integer >= 0, got -1",
  },
  {
    what: "maxBytes that is no number",
    options: () => ({ maxBytes: "1" }),
    error: TypeError,
    message: 'options.maxBytes: expected an integer >= 0, got "1"',
  },
  ...[
    { what: "8 bits", linearWeight: int8 },
    { what: "4 bits", linearWeight: uint4 },
  ].map(
    ({ what, linearWeight }): Refusal => ({
      what: `the gradient of a weight of ${what}`,
      args: ({ hidden, targets }) => [hidden, linearWeight(), targets],
      error: TypeError,
      message:
        'options.wants: expected no linearWeight where the weight is of integers, got linearWeight (pass wants: ["hidden"])',
    }),
  ),
  {
    what: "hidden's gradient over hidden",
    options: ({ hidden }) => ({ gradOut: { hidden } }),
    error: RangeError,
    message: "options.gradOut.hidden: expected memory of its own, got an array that overlaps hidden",
  },
  {
    what: "the weight's gradient over the weight",
    options: ({ linearWeight }) => ({ gradOut: { linearWeight: linearWeight.data } }),
    error: RangeError,
    message: "options.gradOut.linearWeight: expected memory of its own, got an array that overlaps linearWeight",
  },
  {
    what: "the bias's gradient over the bias",
    options: () => {
      const bias = new Float32Array(4);
      return { bias, gradOut: { bias } };
    },
    error: RangeError,
    message: "options.gradOut.bias: expected memory of its own, got an array that overlaps options.bias",
  },
  {
    what: "two gradients over each other",
    options: () => {
      const both = new Float32Array(12);
      return { gradOut: { hidden: both.subarray(0, 6), linearWeight: both } };
    },
    error: RangeError,
    message: "options.gradOut.linearWeight: expected memory of its own, got an array that overlaps options.gradOut.hidden",
  },
];

/** Every public function that takes an array of floats, called with good arguments but for the one under test. */
import * as tables from "../../src/arguments/function-options.js";
import * as functions from "../../src/index.js";
import { TOKEN_ROWS_OPTIONS } from "../../src/scoring/token-rows.js";

/** 2 rows of 3; as probabilities each row sums to 1. */
export const GOOD: readonly number[] = [0.2, 0.3, 0.5, 0.25, 0.25, 0.5];
export const good = (): Float32Array => Float32Array.from(GOOD);

type Anything = never;

export interface Subject {
  readonly name: string;
  /** How the messages name its (first) array. */
  readonly argument: string;
  readonly options: readonly string[];
  /** Length of `out` for 2 x 3. */
  readonly outLength: number;
  /** Calls it with this first array; losses with `reduction: "none"`, so that they write `out`. */
  run(input: unknown, options?: unknown): unknown;
}

export const CROSS_ENTROPY_OPTIONS = Object.keys(tables.CROSS_ENTROPY_OPTIONS);
export const NLL_OPTIONS = Object.keys(tables.NLL_OPTIONS);
const POLY_OPTIONS = Object.keys(tables.POLY_OPTIONS);
const GRADIENT_OPTIONS = Object.keys(tables.GRADIENT_OPTIONS);
const SOFTMAX_OPTIONS = Object.keys(tables.SOFTMAX_OPTIONS);
const MEASURE_OPTIONS = Object.keys(tables.INFORMATION_OPTIONS);

/** `{ reduction: "none" }` and the options, unless they are no options at all. */
function withRows(options: unknown): Anything {
  const isPlain = typeof options === "object" && options !== null && Object.getPrototypeOf(options) === Object.prototype;
  return (isPlain || options === undefined ? { reduction: "none", ...(options as object) } : options) as Anything;
}

export const losses: readonly Subject[] = [
  {
    name: "crossEntropy",
    argument: "logits",
    options: CROSS_ENTROPY_OPTIONS,
    outLength: 2,
    run: (input, options) => functions.crossEntropy(input as Anything, [0, 1], withRows(options)),
  },
  {
    name: "nllLoss",
    argument: "logProbs",
    options: NLL_OPTIONS,
    outLength: 2,
    run: (input, options) => functions.nllLoss(input as Anything, [0, 1], withRows(options)),
  },
  {
    name: "crossEntropyValueAndGrad",
    argument: "logits",
    options: [...CROSS_ENTROPY_OPTIONS, ...GRADIENT_OPTIONS, "targetGrad"],
    outLength: 2,
    run: (input, options) => functions.crossEntropyValueAndGrad(input as Anything, [0, 1], withRows(options)).value,
  },
  {
    name: "nllLossValueAndGrad",
    argument: "logProbs",
    options: [...NLL_OPTIONS, ...GRADIENT_OPTIONS],
    outLength: 2,
    run: (input, options) => functions.nllLossValueAndGrad(input as Anything, [0, 1], withRows(options)).value,
  },
];

/** Losses without class weights. */
export const unweighted: readonly Subject[] = [
  {
    name: "polyLoss",
    argument: "logits",
    options: POLY_OPTIONS,
    outLength: 2,
    run: (input, options) => functions.polyLoss(input as Anything, [0, 1], withRows(options)),
  },
  {
    name: "polyLossValueAndGrad",
    argument: "logits",
    options: [...POLY_OPTIONS, ...GRADIENT_OPTIONS],
    outLength: 2,
    run: (input, options) => functions.polyLossValueAndGrad(input as Anything, [0, 1], withRows(options)).value,
  },
];

export const selective: Subject = {
  name: "selectiveLogSoftmax",
  argument: "logits",
  options: Object.keys(tables.SELECTIVE_OPTIONS),
  outLength: 2,
  run: (input, options) => functions.selectiveLogSoftmax(input as Anything, [1], options as Anything),
};

export const softmaxes: readonly Subject[] = [
  selective,
  {
    name: "softmax",
    argument: "logits",
    options: SOFTMAX_OPTIONS,
    outLength: 6,
    run: (input, options) => functions.softmax(input as Anything, options as Anything),
  },
  {
    name: "logSoftmax",
    argument: "logits",
    options: SOFTMAX_OPTIONS,
    outLength: 6,
    run: (input, options) => functions.logSoftmax(input as Anything, options as Anything),
  },
  {
    name: "logSumExp",
    argument: "logits",
    options: SOFTMAX_OPTIONS,
    outLength: 2,
    run: (input, options) => functions.logSumExp(input as Anything, options as Anything),
  },
];

export const pairNames = ["crossEntropyBetween", "klDivergence", "jsDivergence"] as const;

const { crossEntropyBetween, klDivergence, jsDivergence } = functions;
const pairs = { crossEntropyBetween, klDivergence, jsDivergence };

export const measures: readonly Subject[] = [
  {
    name: "entropy",
    argument: "p",
    options: MEASURE_OPTIONS,
    outLength: 2,
    run: (input, options) => functions.entropy(input as Anything, options as Anything),
  },
  ...pairNames.map((name) => ({
    name,
    argument: "p",
    options: MEASURE_OPTIONS,
    outLength: 2,
    run: (input: unknown, options?: unknown) => pairs[name](input as Anything, good(), options as Anything),
  })),
  // the second array, beside a good first one
  ...pairNames.map((name) => ({
    name: `${name}'s q`,
    argument: "q",
    options: MEASURE_OPTIONS,
    outLength: 2,
    run: (input: unknown, options?: unknown) => pairs[name](good(), input as Anything, options as Anything),
  })),
];

/** A call of a function that writes to no `out`: what the suites hand over for one is left out. */
function withoutOut(options: unknown): Anything {
  if (typeof options !== "object" || options === null || !("out" in options)) return options as Anything;
  const { out, ...others } = options;
  return others as Anything;
}

const TOKEN_ROWS = Object.keys(TOKEN_ROWS_OPTIONS);

/** What gives typed arrays of its own, one entry a row. */
export const rowFunctions: readonly Subject[] = [
  {
    name: "scoreTokens",
    argument: "logits",
    options: [...TOKEN_ROWS, "topK", "tokenBytes"],
    outLength: 2,
    run: (input, options) => functions.scoreTokens(input as Anything, [0, 1], withoutOut(options)),
  },
  {
    name: "compareLogits",
    argument: "base",
    options: [...TOKEN_ROWS, "otherRowStride"],
    outLength: 2,
    run: (input, options) => functions.compareLogits(input as Anything, good(), [0, 1], withoutOut(options)),
  },
  {
    name: "logSumExpPartial",
    argument: "logits",
    options: Object.keys(tables.PARTIAL_OPTIONS),
    outLength: 2,
    run: (input, options) => functions.logSumExpPartial(input as Anything, [0, 1], withoutOut(options)),
  },
];

/** The losses of elements and their options, beside good other arrays; their `out` has an element each, jsDivLoss's a row each. */
const elementForms = [
  { name: "binaryCrossEntropy", argument: "probs", options: Object.keys(tables.BINARY_OPTIONS), outLength: 6 },
  { name: "binaryCrossEntropyWithLogits", argument: "logits", options: Object.keys(tables.BINARY_LOGITS_OPTIONS), outLength: 6 },
  { name: "klDivLoss", argument: "logProbs", options: Object.keys(tables.KL_DIV_OPTIONS), outLength: 6 },
  { name: "sigmoidFocalLoss", argument: "logits", options: Object.keys(tables.FOCAL_OPTIONS), outLength: 6 },
  { name: "jsDivLoss", argument: "logProbs", options: Object.keys(tables.JS_DIV_OPTIONS), outLength: 2 },
] as const;

export type ElementName = (typeof elementForms)[number]["name"];

type Call = (input: Anything, targets: Anything, options?: Anything) => unknown;

const { binaryCrossEntropy, binaryCrossEntropyValueAndGrad } = functions;
const { binaryCrossEntropyWithLogits, binaryCrossEntropyWithLogitsValueAndGrad } = functions;
const { klDivLoss, klDivLossValueAndGrad } = functions;
const { sigmoidFocalLoss, sigmoidFocalLossValueAndGrad } = functions;
const { jsDivLoss, jsDivLossValueAndGrad } = functions;
export const elementCalls: Readonly<Record<ElementName, { readonly value: Call; readonly gradient: Call }>> = {
  binaryCrossEntropy: { value: binaryCrossEntropy, gradient: binaryCrossEntropyValueAndGrad },
  binaryCrossEntropyWithLogits: { value: binaryCrossEntropyWithLogits, gradient: binaryCrossEntropyWithLogitsValueAndGrad },
  klDivLoss: { value: klDivLoss, gradient: klDivLossValueAndGrad },
  sigmoidFocalLoss: { value: sigmoidFocalLoss, gradient: sigmoidFocalLossValueAndGrad },
  jsDivLoss: { value: jsDivLoss, gradient: jsDivLossValueAndGrad },
};

export interface ElementSubject extends Subject {
  readonly loss: ElementName;
  /** Name of the second array. */
  readonly targets: string;
  /** `<loss>ValueAndGrad` with this input, good targets and, as in `run`, "none" for the reduction. */
  gradient(input: unknown, options?: unknown): unknown;
}

export const elementSubjects: readonly ElementSubject[] = elementForms.map(({ name, ...form }) => ({
  ...form,
  name,
  loss: name,
  targets: name === "jsDivLoss" ? "logTargets" : "targets",
  run: (input, options) => elementCalls[name].value(input as Anything, good() as Anything, withRows(options)),
  gradient: (input, options) => elementCalls[name].gradient(input as Anything, good() as Anything, withRows(options)),
}));

/** Their second arrays, beside good first ones. */
export const elementTargetSubjects: readonly Subject[] = elementSubjects.map(({ loss, targets, ...subject }) => ({
  ...subject,
  name: `${loss}'s ${targets}`,
  argument: targets,
  run: (input, options) => elementCalls[loss].value(good() as Anything, input as Anything, withRows(options)),
}));

export const subjects: readonly Subject[] = [...losses, ...unweighted, ...softmaxes, ...measures];

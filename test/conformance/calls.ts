import type {
  FloatData,
  FloatTensor,
  IndexTargets,
  LossFunctions,
  Reduction,
  Targets,
  Value,
} from "../support/implementation.js";
import { decodeNumbers, decodeTensor, mergeAxes, type StoredTensor } from "../support/stored-tensor.js";
import type { Case } from "./cases.js";

/** How the tensors are handed over: both must give the same. */
export type Form = "flat arrays with shape" | "tensor objects";

export interface Output {
  readonly what: string;
  readonly value: Value;
  /** Whether it has to be a `number` ("mean", "sum", one vector's log-sum-exp) or an array. */
  readonly scalar: boolean;
}

/** A case as a call of one of the functions; one output for each output stored with the case. */
export type Call = (functions: LossFunctions, form: Form) => readonly Output[];

/** The functions called by name, so that the op of a case picks one. */
const callBuilders: Readonly<Record<string, (testCase: Case) => Call>> = {
  cross_entropy: torchLoss("crossEntropy"),
  "nn.functional.cross_entropy": torchLoss("crossEntropy"),
  nll_loss: torchLoss("nllLoss"),
  "nn.functional.nll_loss": torchLoss("nllLoss"),
  softmax: torchAlongDim("softmax"),
  log_softmax: torchAlongDim("logSoftmax"),
  logsumexp: torchAlongDim("logSumExp"),
  SoftmaxCrossEntropyLoss: onnxLoss("crossEntropy"),
  NegativeLogLikelihoodLoss: onnxLoss("nllLoss"),
  Softmax: onnxAlongAxis("softmax"),
  LogSoftmax: onnxAlongAxis("logSoftmax"),
  ReduceLogSumExp: onnxReduceLogSumExp,
};

/** The call for a case, or undefined when its op is none of this package's functions so far. */
export function callOf(testCase: Case): Call | undefined {
  return callBuilders[testCase.op]?.(testCase);
}

type Loss = "crossEntropy" | "nllLoss";
type AlongAxis = "softmax" | "logSoftmax" | "logSumExp";

interface LossCall {
  readonly logits: StoredTensor;
  readonly targets: StoredTensor;
  readonly weight?: StoredTensor | undefined;
  readonly reduction?: unknown;
  readonly ignoreIndex?: unknown;
  readonly labelSmoothing?: unknown;
}

function torchLoss(loss: Loss): (testCase: Case) => Call {
  return (testCase) => {
    const { weight, reduction, ignore_index, label_smoothing, ...others } = testCase.kwargs;
    refuseOthers(testCase, others);
    const call: LossCall = {
      logits: tensorOf(testCase, testCase.args?.[0]),
      targets: tensorOf(testCase, testCase.args?.[1]),
      weight: weight === undefined || weight === null ? undefined : tensorOf(testCase, weight),
      reduction,
      ignoreIndex: ignore_index,
      labelSmoothing: label_smoothing,
    };
    return (functions, form) => [callLoss(functions, loss, call, form)];
  };
}

function onnxLoss(loss: Loss): (testCase: Case) => Call {
  return (testCase) => {
    const { reduction, ignore_index, ...others } = testCase.kwargs;
    refuseOthers(testCase, others);
    const [logits, targets, weight] = testCase.inputs as readonly [StoredTensor, StoredTensor, StoredTensor?];
    const call: LossCall = { logits, targets, weight, reduction, ignoreIndex: ignore_index };
    const wantsLogProb = testCase.outputs?.length === 2;
    return (functions, form) => [
      callLoss(functions, loss, call, form),
      // SoftmaxCrossEntropyLoss's second output, log_prob, is the log-softmax over its class axis.
      ...(wantsLogProb ? [callAlongAxis(functions, "logSoftmax", logits, [1], form)] : []),
    ];
  };
}

function torchAlongDim(name: AlongAxis): (testCase: Case) => Call {
  return (testCase) => {
    refuseOthers(testCase, testCase.kwargs);
    // A third argument is logsumexp's keepdim: a size-1 axis, which flat results do not show.
    const [input, dim] = testCase.args as readonly [unknown, number | readonly number[]];
    const axes = typeof dim === "number" ? [dim] : dim;
    return (functions, form) => [callAlongAxis(functions, name, tensorOf(testCase, input), axes, form)];
  };
}

function onnxAlongAxis(name: AlongAxis): (testCase: Case) => Call {
  return (testCase) => {
    const { axis = -1, ...others } = testCase.kwargs;
    refuseOthers(testCase, others);
    const input = testCase.inputs[0] as StoredTensor;
    return (functions, form) => [callAlongAxis(functions, name, input, [axis as number], form)];
  };
}

function onnxReduceLogSumExp(testCase: Case): Call {
  const { keepdims: _, ...others } = testCase.kwargs;
  refuseOthers(testCase, others);
  const [input, axesInput] = testCase.inputs as readonly [StoredTensor, StoredTensor];
  const given = Array.from(decodeNumbers(axesInput));
  // No axes means all of them.
  const axes = given.length === 0 ? [...input.shape.keys()] : given;
  return (functions, form) => [callAlongAxis(functions, "logSumExp", input, axes, form)];
}

function callLoss(functions: LossFunctions, loss: Loss, call: LossCall, form: Form): Output {
  const { logits, reduction, ignoreIndex, labelSmoothing } = call;
  const options = {
    axis: logits.shape.length === 1 ? 0 : 1,
    ...(form === "tensor objects" ? {} : { shape: logits.shape }),
    ...(call.weight && { weight: floatInput(call.weight, form) }),
    ...(reduction === undefined ? {} : { reduction: reduction as Reduction }),
    ...(ignoreIndex === undefined ? {} : { ignoreIndex: ignoreIndex as number }),
    ...(labelSmoothing === undefined ? {} : { labelSmoothing: labelSmoothing as number }),
  };
  const targets = targetsInput(call.targets, form);
  const value =
    loss === "crossEntropy"
      ? functions.crossEntropy(floatInput(logits, form), targets, options)
      : functions.nllLoss(floatInput(logits, form), targets as IndexTargets, options);
  return { what: loss, value, scalar: reduction !== "none" };
}

/** Several axes are merged into one, a scalar is read as one vector (mergeAxes); a single axis is passed as it is. */
function callAlongAxis(
  functions: LossFunctions,
  name: AlongAxis,
  input: StoredTensor,
  axes: readonly number[],
  form: Form,
): Output {
  const asIs = axes.length === 1 && input.shape.length > 0;
  const { shape, axis } = asIs ? { shape: input.shape, axis: axes[0] as number } : mergeAxes(input.shape, axes);
  const options = form === "tensor objects" ? { axis } : { shape, axis };
  const value = functions[name](floatInput({ ...input, shape }, form), options);
  return { what: name, value, scalar: name === "logSumExp" && shape.length === 1 };
}

/** Logits of a wrong type (integers) go through as well: the functions have to refuse them. */
function floatInput(tensor: StoredTensor, form: Form): FloatTensor {
  const data = decodeTensor(tensor) as FloatData;
  return form === "tensor objects" ? { data, dims: tensor.shape, type: tensor.dtype } : data;
}

/** PyTorch's scalar target is a plain number here, when it is not a tensor object. */
function targetsInput(tensor: StoredTensor, form: Form): Targets {
  const data = decodeTensor(tensor);
  if (form === "tensor objects") return { data, dims: tensor.shape, type: tensor.dtype } as Targets;
  return tensor.shape.length === 0 ? Number(data[0]) : data;
}

function tensorOf(testCase: Case, argument: unknown): StoredTensor {
  const index = (argument as { readonly $t?: number } | null | undefined)?.$t;
  const tensor = index === undefined ? undefined : testCase.inputs[index];
  if (tensor === undefined) {
    throw new TypeError(`${testCase.name}: expected a tensor argument, got ${JSON.stringify(argument)}`);
  }
  return tensor;
}

/** An option that is not passed on would make the comparison worthless. */
function refuseOthers(testCase: Case, others: Readonly<Record<string, unknown>>): void {
  const names = Object.keys(others);
  if (names.length > 0) throw new TypeError(`${testCase.name}: no mapping for ${names.join(", ")}`);
}

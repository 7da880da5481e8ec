/** PyTorch's and ONNX's softmax, log-softmax and log-sum-exp. */
import type { LossFunctions } from "../support/implementation.js";
import { decodeNumbers, mergeAxes, type StoredTensor } from "../support/stored-tensor.js";
import type { Call, Output } from "./call.js";
import { type Form, floatInput, refuseOthers, tensorOf } from "./call-arguments.js";
import type { Case } from "./cases.js";

type AlongAxis = "softmax" | "logSoftmax" | "logSumExp";

export function torchAlongDim(name: AlongAxis): (testCase: Case) => Call {
  return (testCase) => {
    refuseOthers(testCase, testCase.kwargs);
    // A third argument is logsumexp's keepdim: a size-1 axis, which flat results do not show.
    const [input, dim] = testCase.args as readonly [unknown, number | readonly number[]];
    return alongAxisCall(name, tensorOf(testCase, input), typeof dim === "number" ? [dim] : dim);
  };
}

export function onnxAlongAxis(name: AlongAxis): (testCase: Case) => Call {
  return (testCase) => {
    const { axis = -1, ...others } = testCase.kwargs;
    refuseOthers(testCase, others);
    return alongAxisCall(name, testCase.inputs[0] as StoredTensor, [axis as number]);
  };
}

export function onnxReduceLogSumExp(testCase: Case): Call {
  const { keepdims: _, ...others } = testCase.kwargs;
  refuseOthers(testCase, others);
  const [input, axesInput] = testCase.inputs as readonly [StoredTensor, StoredTensor];
  const axes = Array.from(decodeNumbers(axesInput));
  // No axes means all of them.
  return alongAxisCall("logSumExp", input, axes.length === 0 ? [...input.shape.keys()] : axes);
}

function alongAxisCall(name: AlongAxis, input: StoredTensor, axes: readonly number[]): Call {
  return { values: (functions, form) => [callAlongAxis(functions, name, input, axes, form)] };
}

/** Several axes are merged into one, a scalar is read as one vector (mergeAxes); a single axis is passed as it is. */
export function callAlongAxis(
  functions: LossFunctions,
  name: AlongAxis,
  input: StoredTensor,
  axes: readonly number[],
  form: Form,
): Output {
  const asIs = axes.length === 1 && input.shape.length > 0;
  const { shape, axis } = asIs ? { shape: input.shape, axis: axes[0] } : mergeAxes(input.shape, axes);
  const options = form === "tensor objects" ? { axis } : { shape, axis };
  const value = functions[name](floatInput({ ...input, shape }, form), options);
  return { what: name, value, scalar: false };
}

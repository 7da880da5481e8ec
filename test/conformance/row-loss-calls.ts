/** PyTorch's and ONNX's losses on rows: cross-entropy and negative log-likelihood. */
import { type IndexTargets, promised, type Reduction } from "../support/implementation.js";
import type { StoredTensor } from "../support/stored-tensor.js";
import { callAlongAxis } from "./along-axis-calls.js";
import { type Call, gradientsOfTwo, OF_TWO_ARGUMENTS } from "./call.js";
import { type Form, floatInput, given, optionalTensorOf, refuseOthers, targetsInput, tensorOf } from "./call-arguments.js";
import type { Case } from "./cases.js";

type RowLoss = "crossEntropy" | "nllLoss";

interface RowLossCase {
  readonly logits: StoredTensor;
  readonly targets: StoredTensor;
  readonly weight: StoredTensor | undefined;
  readonly reduction: unknown;
  readonly ignoreIndex: unknown;
  readonly labelSmoothing?: unknown;
}

export function torchLoss(loss: RowLoss): (testCase: Case) => Call {
  return (testCase) => {
    const { weight, reduction, ignore_index, label_smoothing, ...others } = testCase.kwargs;
    refuseOthers(testCase, others);
    return rowLossCall(loss, {
      logits: tensorOf(testCase, testCase.args?.[0]),
      targets: tensorOf(testCase, testCase.args?.[1]),
      weight: optionalTensorOf(testCase, weight),
      reduction,
      ignoreIndex: ignore_index,
      labelSmoothing: label_smoothing,
    });
  };
}

export function onnxLoss(loss: RowLoss): (testCase: Case) => Call {
  return (testCase) => {
    const { reduction, ignore_index, ...others } = testCase.kwargs;
    refuseOthers(testCase, others);
    const [logits, targets, weight] = testCase.inputs as readonly [StoredTensor, StoredTensor, StoredTensor?];
    const call = rowLossCall(loss, { logits, targets, weight, reduction, ignoreIndex: ignore_index });
    if (testCase.outputs?.length !== 2) return call;
    // SoftmaxCrossEntropyLoss's second output, log_prob, is the log-softmax over its class axis.
    return {
      ...call,
      values: (functions, form) => [...call.values(functions, form), callAlongAxis(functions, "logSoftmax", logits, [1], form)],
    };
  };
}

function rowLossCall(loss: RowLoss, stored: RowLossCase): Call {
  const scalar = stored.reduction !== "none";
  return {
    values: (functions, form) => {
      const { logits, targets, options } = argumentsOf(stored, form);
      const value =
        loss === "crossEntropy"
          ? functions.crossEntropy(logits, targets, options)
          : functions.nllLoss(logits, targets as IndexTargets, options);
      return [{ what: loss, value, scalar }];
    },
    gradient: {
      needs: `${loss}ValueAndGrad`,
      upstreamArray: !scalar,
      gives: OF_TWO_ARGUMENTS,
      run: (functions, form, { upstream, targetGrad }) => {
        const { logits, targets, options } = argumentsOf(stored, form);
        const request = { ...options, upstream, ...(targetGrad && { targetGrad }) };
        const differentiated =
          loss === "crossEntropy"
            ? promised(functions, "crossEntropyValueAndGrad")(logits, targets, request)
            : promised(functions, "nllLossValueAndGrad")(logits, targets as IndexTargets, request);
        return gradientsOfTwo(differentiated, scalar);
      },
    },
  };
}

function argumentsOf({ logits, targets, weight, reduction, ignoreIndex, labelSmoothing }: RowLossCase, form: Form) {
  const options = {
    axis: logits.shape.length === 1 ? 0 : 1,
    ...given({
      shape: form === "tensor objects" ? undefined : logits.shape,
      weight: weight && floatInput(weight, form),
      reduction: reduction as Reduction | undefined,
      ignoreIndex: ignoreIndex as number | undefined,
      labelSmoothing: labelSmoothing as number | undefined,
    }),
  };
  return { logits: floatInput(logits, form), targets: targetsInput(targets, form), options };
}

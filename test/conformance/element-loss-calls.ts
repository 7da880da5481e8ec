/** PyTorch's losses of one value an element: binary cross-entropy and Kullback-Leibler divergence. */
import {
  type Differentiated,
  type ElementReduction,
  type FloatTensor,
  type LossFunctions,
  promised,
  type Reduction,
  type Value,
} from "../support/implementation.js";
import { type Call, type GradientRequest, gradientsOfTwo, OF_TWO_ARGUMENTS } from "./call.js";
import { type Form, floatInput, given, optionalTensorOf, refuseOthers, tensorOf } from "./call-arguments.js";
import type { Case } from "./cases.js";

type ElementLoss = "binaryCrossEntropy" | "binaryCrossEntropyWithLogits" | "klDivLoss";

export function binaryCrossEntropy(testCase: Case): Call {
  const { weight, reduction, ...others } = testCase.kwargs;
  refuseOthers(testCase, others);
  const options = (form: Form) => ({ ...shapeAndReduction<Reduction>(testCase, form), ...factors(testCase, { weight }, form) });
  return elementLossCall("binaryCrossEntropy", testCase, {
    value: (functions, form, x, y) => promised(functions, "binaryCrossEntropy")(x, y, options(form)),
    gradient: (functions, form, x, y, request) =>
      promised(functions, "binaryCrossEntropyValueAndGrad")(x, y, { ...options(form), ...request }),
  });
}

export function binaryCrossEntropyWithLogits(testCase: Case): Call {
  const { weight, pos_weight: posWeight, reduction, ...others } = testCase.kwargs;
  refuseOthers(testCase, others);
  const options = (form: Form) => ({
    ...shapeAndReduction<Reduction>(testCase, form),
    ...factors(testCase, { weight, posWeight }, form),
  });
  return elementLossCall("binaryCrossEntropyWithLogits", testCase, {
    value: (functions, form, x, y) => promised(functions, "binaryCrossEntropyWithLogits")(x, y, options(form)),
    gradient: (functions, form, x, y, request) =>
      promised(functions, "binaryCrossEntropyWithLogitsValueAndGrad")(x, y, { ...options(form), ...request }),
  });
}

export function klDivLoss(testCase: Case): Call {
  const { log_target, reduction, ...others } = testCase.kwargs;
  refuseOthers(testCase, others);
  const options = (form: Form) => ({
    ...shapeAndReduction<ElementReduction>(testCase, form),
    ...given({ logTarget: log_target as boolean | undefined }),
  });
  return elementLossCall("klDivLoss", testCase, {
    value: (functions, form, x, y) => promised(functions, "klDivLoss")(x, y, options(form)),
    gradient: (functions, form, x, y, request) =>
      promised(functions, "klDivLossValueAndGrad")(x, y, { ...options(form), ...request }),
  });
}

interface Runs {
  value(functions: LossFunctions, form: Form, x: FloatTensor, y: FloatTensor): Value;
  gradient(functions: LossFunctions, form: Form, x: FloatTensor, y: FloatTensor, request: GradientRequest): Differentiated;
}

function elementLossCall(loss: ElementLoss, testCase: Case, runs: Runs): Call {
  const x = tensorOf(testCase, testCase.args?.[0]);
  const y = tensorOf(testCase, testCase.args?.[1]);
  const scalar = testCase.kwargs["reduction"] !== "none";
  return {
    needs: loss,
    values: (functions, form) => {
      const value = runs.value(functions, form, floatInput(x, form), floatInput(y, form));
      return [{ what: loss, value, scalar }];
    },
    gradient: {
      needs: `${loss}ValueAndGrad`,
      upstreamArray: !scalar,
      gives: OF_TWO_ARGUMENTS,
      run: (functions, form, { upstream, targetGrad }) => {
        const request = { upstream, ...(targetGrad && { targetGrad }) } as GradientRequest;
        return gradientsOfTwo(runs.gradient(functions, form, floatInput(x, form), floatInput(y, form), request), scalar);
      },
    },
  };
}

/** A flat array's shape matters to weights and to "batchmean". */
function shapeAndReduction<R extends ElementReduction>(testCase: Case, form: Form) {
  return given({
    shape: form === "tensor objects" ? undefined : tensorOf(testCase, testCase.args?.[0]).shape,
    reduction: testCase.kwargs["reduction"] as R | undefined,
  });
}

/** Flat where the flat form says the same: of the input's shape, or of its last dimension's size. Else as a tensor object. */
function factors<Name extends string>(testCase: Case, stored: Readonly<Record<Name, unknown>>, form: Form) {
  const { shape } = tensorOf(testCase, testCase.args?.[0]);
  const tensors = Object.entries(stored).map(([name, argument]) => {
    const tensor = optionalTensorOf(testCase, argument);
    if (tensor === undefined) return [name, undefined];
    const dims = tensor.shape.join();
    const hasFlatForm = dims === shape.join() || dims === String(shape.at(-1));
    return [name, floatInput(tensor, hasFlatForm ? form : "tensor objects")];
  });
  return given(Object.fromEntries(tensors) as Record<Name, FloatTensor | undefined>);
}

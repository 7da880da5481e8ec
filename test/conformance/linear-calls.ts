/** PyTorch's linear cross-entropy. */
import { type FloatTensor, type LinearWeightTensor, promised, type Reduction, type Targets } from "../support/implementation.js";
import { decodeNumbers } from "../support/stored-tensor.js";
import type { Call, GradientName } from "./call.js";
import { type Form, floatInput, given, optionalTensorOf, refuseOthers, targetsInput, tensorOf } from "./call-arguments.js";
import type { Case } from "./cases.js";

export function linearCrossEntropy(testCase: Case): Call {
  const { linear_bias, weight, reduction, ignore_index, label_smoothing, ...others } = testCase.kwargs;
  refuseOthers(testCase, others);
  const [hidden, linearWeight, targets] = (testCase.args ?? []).map((argument) => tensorOf(testCase, argument));
  const bias = optionalTensorOf(testCase, linear_bias);
  const classWeight = optionalTensorOf(testCase, weight);
  const scalar = reduction !== "none";
  const argumentsOf = (form: Form): readonly [FloatTensor, LinearWeightTensor, Targets, object] => [
    floatInput(hidden, form),
    // a flat weight is rows of hidden's width, whatever its shape was
    floatInput(linearWeight, linearWeight.shape.length === 2 ? form : "tensor objects"),
    targetsInput(targets, form),
    given({
      shape: form === "tensor objects" ? undefined : hidden.shape,
      bias: bias && floatInput(bias, form),
      weight: classWeight && floatInput(classWeight, form),
      reduction: reduction as Reduction | undefined,
      ignoreIndex: ignore_index as number | undefined,
      labelSmoothing: label_smoothing as number | undefined,
    }),
  ];
  const names = new Map<unknown, GradientName>([
    [hidden, "hidden"],
    [linearWeight, "linearWeight"],
    [bias, "bias"],
  ]);
  return {
    needs: "linearCrossEntropy",
    values: (functions, form) => {
      const value = promised(functions, "linearCrossEntropy")(...argumentsOf(form));
      return [{ what: "linearCrossEntropy", value, scalar }];
    },
    gradient: {
      needs: "linearCrossEntropyValueAndGrad",
      upstreamArray: !scalar,
      greatest: (name) => {
        const factor = name === "hidden" ? linearWeight : name === "linearWeight" ? hidden : undefined;
        return factor ? Math.max(...decodeNumbers(factor).map(Math.abs)) : 1;
      },
      gives: testCase.inputs.map((input) => names.get(input)),
      run: (functions, form, { upstream }) => {
        const [h, w, q, options] = argumentsOf(form);
        const { value, grad } = promised(functions, "linearCrossEntropyValueAndGrad")(h, w, q, { ...options, upstream });
        return { value, scalar, gradients: grad };
      },
    },
  };
}

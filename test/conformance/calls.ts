/** A case as a call of one of the functions, picked by the case's op. */
import { onnxAlongAxis, onnxReduceLogSumExp, torchAlongDim } from "./along-axis-calls.js";
import type { Call } from "./call.js";
import type { Case } from "./cases.js";
import { binaryCrossEntropy, binaryCrossEntropyWithLogits, klDivLoss } from "./element-loss-calls.js";
import { linearCrossEntropy } from "./linear-calls.js";
import { onnxLoss, torchLoss } from "./row-loss-calls.js";

const callBuilders: Readonly<Record<string, (testCase: Case) => Call>> = {
  cross_entropy: torchLoss("crossEntropy"),
  "nn.functional.cross_entropy": torchLoss("crossEntropy"),
  nll_loss: torchLoss("nllLoss"),
  "nn.functional.nll_loss": torchLoss("nllLoss"),
  bce: binaryCrossEntropy,
  "nn.functional.binary_cross_entropy": binaryCrossEntropy,
  bcel: binaryCrossEntropyWithLogits,
  "nn.functional.binary_cross_entropy_with_logits": binaryCrossEntropyWithLogits,
  kl_div: klDivLoss,
  "nn.functional.kl_div": klDivLoss,
  linear_cross_entropy: linearCrossEntropy,
  "nn.functional.linear_cross_entropy": linearCrossEntropy,
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

/** Every public function of the package bound to one way of running tasks: how engines get the same functions as methods. */
import type { CrossEntropyOptions, Targets } from "./arguments/types.js";
import type { Runner } from "./engine/task.js";
import {
  type binaryCrossEntropy,
  binaryCrossEntropyTask,
  type binaryCrossEntropyValueAndGrad,
  binaryCrossEntropyValueAndGradTask,
  type binaryCrossEntropyWithLogits,
  binaryCrossEntropyWithLogitsTask,
  type binaryCrossEntropyWithLogitsValueAndGrad,
  binaryCrossEntropyWithLogitsValueAndGradTask,
} from "./losses/binary-cross-entropy.js";
import {
  type crossEntropy,
  crossEntropyTask,
  type crossEntropyValueAndGrad,
  crossEntropyValueAndGradTask,
} from "./losses/cross-entropy.js";
import {
  type crossEntropyBetween,
  crossEntropyBetweenTask,
  type entropy,
  entropyTask,
  type jsDivergence,
  jsDivergenceTask,
  type klDivergence,
  klDivergenceTask,
} from "./losses/information.js";
import { type jsDivLoss, jsDivLossTask, type jsDivLossValueAndGrad, jsDivLossValueAndGradTask } from "./losses/js-div-loss.js";
import { type klDivLoss, klDivLossTask, type klDivLossValueAndGrad, klDivLossValueAndGradTask } from "./losses/kl-div-loss.js";
import { type nllLoss, nllLossTask, type nllLossValueAndGrad, nllLossValueAndGradTask } from "./losses/nll-loss.js";
import { type logSumExpPartial, logSumExpPartialTask } from "./losses/partials.js";
import { type polyLoss, polyLossTask, type polyLossValueAndGrad, polyLossValueAndGradTask } from "./losses/poly-loss.js";
import {
  type sigmoidFocalLoss,
  sigmoidFocalLossTask,
  type sigmoidFocalLossValueAndGrad,
  sigmoidFocalLossValueAndGradTask,
} from "./losses/sigmoid-focal-loss.js";
import { type logSoftmax, logSoftmaxTask, type logSumExp, logSumExpTask, type softmax, softmaxTask } from "./losses/softmax.js";

import { type compareLogits, compareLogitsTask } from "./scoring/compare-logits.js";
import { type perplexity, perplexityBy } from "./scoring/perplexity.js";
import { type scoreTokens, scoreTokensTask } from "./scoring/score-tokens.js";

/** The functions of the package; each is documented where the plain function of that name is defined. */
export interface Functions {
  readonly crossEntropy: typeof crossEntropy;
  readonly crossEntropyValueAndGrad: typeof crossEntropyValueAndGrad;
  readonly logSumExpPartial: typeof logSumExpPartial;
  readonly nllLoss: typeof nllLoss;
  readonly nllLossValueAndGrad: typeof nllLossValueAndGrad;
  readonly polyLoss: typeof polyLoss;
  readonly polyLossValueAndGrad: typeof polyLossValueAndGrad;
  readonly binaryCrossEntropy: typeof binaryCrossEntropy;
  readonly binaryCrossEntropyValueAndGrad: typeof binaryCrossEntropyValueAndGrad;
  readonly binaryCrossEntropyWithLogits: typeof binaryCrossEntropyWithLogits;
  readonly binaryCrossEntropyWithLogitsValueAndGrad: typeof binaryCrossEntropyWithLogitsValueAndGrad;
  readonly klDivLoss: typeof klDivLoss;
  readonly klDivLossValueAndGrad: typeof klDivLossValueAndGrad;
  readonly sigmoidFocalLoss: typeof sigmoidFocalLoss;
  readonly sigmoidFocalLossValueAndGrad: typeof sigmoidFocalLossValueAndGrad;
  readonly jsDivLoss: typeof jsDivLoss;
  readonly jsDivLossValueAndGrad: typeof jsDivLossValueAndGrad;
  readonly perplexity: typeof perplexity;
  readonly scoreTokens: typeof scoreTokens;
  readonly compareLogits: typeof compareLogits;
  readonly softmax: typeof softmax;
  readonly logSoftmax: typeof logSoftmax;
  readonly logSumExp: typeof logSumExp;
  readonly entropy: typeof entropy;
  readonly crossEntropyBetween: typeof crossEntropyBetween;
  readonly klDivergence: typeof klDivergence;
  readonly jsDivergence: typeof jsDivergence;
}

/** The functions on the runner that `runner()` gives at each call. */
export function functionsOn(runner: () => Runner): Functions {
  const onRunner: typeof crossEntropy = (logits, targets, options) => runner().run(crossEntropyTask(logits, targets, options));
  return {
    crossEntropy: onRunner,
    perplexity: (input: Parameters<typeof perplexityBy>[1], targets?: Targets, options?: CrossEntropyOptions<"mean">) =>
      perplexityBy(onRunner, input, targets, options),
    crossEntropyValueAndGrad: (logits, targets, options) => runner().run(crossEntropyValueAndGradTask(logits, targets, options)),
    nllLossValueAndGrad: (logProbs, targets, options) => runner().run(nllLossValueAndGradTask(logProbs, targets, options)),
    logSumExpPartial: (logits, targets, options) => runner().run(logSumExpPartialTask(logits, targets, options)),
    nllLoss: (logProbs, targets, options) => runner().run(nllLossTask(logProbs, targets, options)),
    polyLoss: (logits, targets, options) => runner().run(polyLossTask(logits, targets, options)),
    polyLossValueAndGrad: (logits, targets, options) => runner().run(polyLossValueAndGradTask(logits, targets, options)),
    binaryCrossEntropy: (probs, targets, options) => runner().run(binaryCrossEntropyTask(probs, targets, options)),
    binaryCrossEntropyValueAndGrad: (probs, targets, options) =>
      runner().run(binaryCrossEntropyValueAndGradTask(probs, targets, options)),
    binaryCrossEntropyWithLogits: (logits, targets, options) =>
      runner().run(binaryCrossEntropyWithLogitsTask(logits, targets, options)),
    binaryCrossEntropyWithLogitsValueAndGrad: (logits, targets, options) =>
      runner().run(binaryCrossEntropyWithLogitsValueAndGradTask(logits, targets, options)),
    klDivLoss: (logProbs, targets, options) => runner().run(klDivLossTask(logProbs, targets, options)),
    klDivLossValueAndGrad: (logProbs, targets, options) => runner().run(klDivLossValueAndGradTask(logProbs, targets, options)),
    sigmoidFocalLoss: (logits, targets, options) => runner().run(sigmoidFocalLossTask(logits, targets, options)),
    sigmoidFocalLossValueAndGrad: (logits, targets, options) =>
      runner().run(sigmoidFocalLossValueAndGradTask(logits, targets, options)),
    jsDivLoss: (logProbs, logTargets, options) => runner().run(jsDivLossTask(logProbs, logTargets, options)),
    jsDivLossValueAndGrad: (logProbs, logTargets, options) =>
      runner().run(jsDivLossValueAndGradTask(logProbs, logTargets, options)),
    scoreTokens: (logits, targets, options) => runner().run(scoreTokensTask(logits, targets, options)),
    compareLogits: (base, other, targets, options) => runner().run(compareLogitsTask(base, other, targets, options)),
    softmax: (logits, options) => runner().run(softmaxTask(logits, options)),
    logSoftmax: (logits, options) => runner().run(logSoftmaxTask(logits, options)),
    logSumExp: (logits, options) => runner().run(logSumExpTask(logits, options)),
    entropy: (p, options) => runner().run(entropyTask(p, options)),
    crossEntropyBetween: (p, q, options) => runner().run(crossEntropyBetweenTask(p, q, options)),
    klDivergence: (p, q, options) => runner().run(klDivergenceTask(p, q, options)),
    jsDivergence: (p, q, options) => runner().run(jsDivergenceTask(p, q, options)),
  };
}

/** Looks kinds up by name, for workers, which receive jobs as messages. */
import type { Kind } from "../kind.js";
import { binaryCrossEntropyKind, binaryCrossEntropyWithLogitsKind } from "./binary-cross-entropy.js";
import { comparisonKind } from "./compare-logits.js";
import { crossEntropyKind } from "./cross-entropy.js";
import { probabilitiesKind } from "./elements.js";
import { jsDivKind } from "./js-div-loss.js";
import { klDivLossKind, klDivLossOfLogsKind } from "./kl-div-loss.js";
import { partialKind } from "./log-sum-exp-partial.js";
import { crossEntropyBetweenKind, entropyKind, jsDivergenceKind, klDivergenceKind } from "./measures.js";
import { nllKind } from "./nll-loss.js";
import { scoreKind } from "./score-tokens.js";
import { sigmoidFocalLossKind } from "./sigmoid-focal-loss.js";
import { logSoftmaxKind, logSumExpKind, softmaxKind } from "./softmax.js";

const KINDS: readonly Kind[] = [
  crossEntropyKind,
  nllKind,
  binaryCrossEntropyKind,
  binaryCrossEntropyWithLogitsKind,
  klDivLossKind,
  klDivLossOfLogsKind,
  sigmoidFocalLossKind,
  probabilitiesKind,
  jsDivKind,
  softmaxKind,
  logSoftmaxKind,
  logSumExpKind,
  entropyKind,
  crossEntropyBetweenKind,
  klDivergenceKind,
  jsDivergenceKind,
  scoreKind,
  comparisonKind,
  partialKind,
];

const BY_NAME = new Map(KINDS.map((kind) => [kind.name, kind]));

export function kindNamed(name: string): Kind {
  const kind = BY_NAME.get(name);
  if (!kind) throw new Error(`wasm-cross-entropy: no kind of job is called ${name}`);
  return kind;
}

/** The arguments of scoreHidden. */
import { BESIDE, ignoreIndex, type LossOptions, type Readers, softcap, temperature } from "../arguments/function-options.js";
import { type LinearLayer, linearLayer } from "../arguments/linear-arguments.js";
import type { BiasOption } from "../arguments/linear-options.js";
import type { LinearWeightTensor } from "../arguments/linear-weight.js";
import { shiftOption as shift } from "../arguments/selection.js";
import { rawTargets } from "../arguments/targets.js";
import { floatInput } from "../arguments/tensors.js";
import type { FloatTensor, IndexTargets } from "../arguments/types.js";
import type { ScoreTokensOptions } from "./score-tokens.js";
import { scoredRows, type TokenRows } from "./token-rows.js";

/** Options of `scoreHidden`: those of `scoreTokens`, of which `shape` is that of `hidden`. */
export interface ScoreHiddenOptions
  extends Omit<ScoreTokensOptions, "axis" | "rowStride" | "shape">,
    Pick<LossOptions, "shape">,
    BiasOption {}

// each reader by its name: a table made from members of another table stays in every bundle
export const SCORE_HIDDEN_OPTIONS = {
  shape: BESIDE,
  bias: BESIDE,
  ignoreIndex,
  softcap,
  temperature,
  shift,
  mask: BESIDE,
  attentionMask: BESIDE,
  documents: BESIDE,
  topK: BESIDE,
  tokenBytes: BESIDE,
} satisfies Readers<ScoreHiddenOptions>;

export interface HiddenRows extends Omit<TokenRows, "logits">, Omit<LinearLayer, "rows"> {}

/** The checked rows of a linear layer, with their shifted targets; errors as scoreTokens and linearCrossEntropy. */
export function hiddenRows(
  hidden: FloatTensor,
  linearWeight: LinearWeightTensor,
  targets: IndexTargets,
  given: Partial<ScoreHiddenOptions>,
): HiddenRows {
  const input = floatInput("hidden", hidden);
  const raw = rawTargets("targets", targets);
  const { rows, ...layer } = linearLayer(input, linearWeight, given, raw.length);
  return { ...layer, ...scoredRows(rows, raw, given) };
}

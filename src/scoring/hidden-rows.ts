/** The arguments of scoreHidden. */
import { BESIDE, type LossOptions, type Readers } from "../arguments/function-options.js";
import { type LinearLayer, linearLayer } from "../arguments/linear-arguments.js";
import type { BiasOption } from "../arguments/linear-options.js";
import type { LinearWeightTensor } from "../arguments/linear-weight.js";
import { rawTargets } from "../arguments/targets.js";
import type { FloatTensor, IndexTargets } from "../arguments/types.js";
import type { ScoreTokensOptions } from "./score-tokens.js";
import { scoredRows, TOKEN_ROWS_OPTIONS, type TokenRows } from "./token-rows.js";

/** Options of `scoreHidden`: those of `scoreTokens`, of which `shape` is that of `hidden`. */
export interface ScoreHiddenOptions
  extends Omit<ScoreTokensOptions, "axis" | "rowStride" | "shape">,
    Pick<LossOptions, "shape">,
    BiasOption {}

export const SCORE_HIDDEN_OPTIONS = {
  shape: BESIDE,
  bias: BESIDE,
  ignoreIndex: TOKEN_ROWS_OPTIONS.ignoreIndex,
  softcap: TOKEN_ROWS_OPTIONS.softcap,
  temperature: TOKEN_ROWS_OPTIONS.temperature,
  shift: TOKEN_ROWS_OPTIONS.shift,
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
  const raw = rawTargets("targets", targets);
  const { rows, ...layer } = linearLayer(hidden, linearWeight, given, raw.length);
  return { ...layer, ...scoredRows(rows, raw, given) };
}

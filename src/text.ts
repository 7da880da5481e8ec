/**
 * wasm-cross-entropy/text: from texts to scores. It works on models and tokenizers shaped as those of transformers.js, and imports
 * no such package.
 */

export type { BosOption } from "./text/encoding.js";
export { readLogProbs } from "./text/log-probs/read-log-probs.js";
export type { TokenLogProb, TokenLogProbs, TopLogProb } from "./text/log-probs/types.js";
export { type LogProbsFormat, writeLogProbs } from "./text/log-probs/write-log-probs.js";
export { type Continuation, type LoglikelihoodOptions, loglikelihood } from "./text/loglikelihood.js";
export type { TextModel, TextModelInputs, TextTokenizer } from "./text/model.js";
export type { OutputHead } from "./text/output-head.js";
export { type LogProbRecorder, type RecordLogProbsOptions, recordLogProbs } from "./text/record-log-probs.js";
export {
  type ScoredPart,
  type ScoredText,
  type ScoredTexts,
  type ScoredToken,
  type ScoreTextsOptions,
  scoreTexts,
  type TextTotals,
} from "./text/score-texts.js";
export type { ModelOptions } from "./text/score-windows.js";
export { tokenBytesOf } from "./text/token-bytes.js";
export type { TokenizerJson, VocabularySource } from "./text/vocabulary.js";
export { type RollingWindowsOptions, rollingWindows, type TokenWindow } from "./text/windows.js";

import { type Engine, mergeScores, type ScoreTotals, scoreLogProbs } from "wasm-cross-entropy";
import { type ScoredToken as ScoredTextToken, scoreTexts, type TextModel } from "wasm-cross-entropy/text";
import { CONTEXT, type Model, START_ID } from "../model/model.js";
import type { IdTensor } from "../model/tokenizer.js";
import { untilAborted } from "../until-aborted.js";
import { type LogitRows, type OnPart, type ScoredToken, TOP } from "./scored.js";

/**
 * Runs the model over a text and scores it window by window, so that memory does not grow with the logits.
 * @throws the signal's reason; RangeError for an empty text
 */
export async function scoreText(text: string, model: Model, engine: Engine, signal: AbortSignal, onPart: OnPart): Promise<void> {
  if (text === "") throw new RangeError("There is no text to score.");
  let first: Float32Array | undefined;
  let rows: LogitRows | undefined;
  const logitsOf: TextModel = async ({ input_ids }) => {
    const { data: ids, dims } = input_ids as IdTensor;
    const logits = await untilAborted(model.run(ids), signal);
    first ??= logits;
    return { logits: { type: "float32", data: logits, dims: [...dims, logits.length / ids.length] } };
  };
  let totals: ScoreTotals | undefined;
  let part: readonly ScoredTextToken[] = [];
  await scoreTexts(logitsOf, model.tokenizer, [text], {
    bos: START_ID,
    maxLength: CONTEXT,
    stride: CONTEXT / 2,
    batchSize: 1,
    topK: TOP,
    engine,
    signal,
    onScored: ({ tokens }) => {
      part = tokens;
    },
    onProgress: ({ done, total }) => {
      const added = totalsOf(part);
      totals = totals ? mergeScores([totals, added]) : added;
      // the first window scores a token with each of its rows
      rows ??= rowsOf(first ?? new Float32Array(0), part);
      onPart({ tokens: part.map((token) => shown(token, model)), totals, done, of: total, classes: rows.classes, rows });
    },
  });
}

function totalsOf(tokens: readonly ScoredTextToken[]): ScoreTotals {
  return scoreLogProbs(
    tokens.map(({ logProb }) => logProb),
    { tokenBytes: tokens.map(({ bytes }) => bytes.length), isGreedy: tokens.map(({ isGreedy }) => isGreedy) },
  ).totals;
}

function shown(token: ScoredTextToken, { textOf }: Model): ScoredToken {
  const { id, logProb, rank, entropy, top = [] } = token;
  return {
    ...{ id, text: textOf(token), logProb, rank },
    // 0 - x: a certain token has 0 bits, not -0
    ...{ bits: 0 - logProb / Math.LN2, entropy: entropy / Math.LN2 },
    top: top.map((best) => ({ id: best.id, text: textOf(best), probability: Math.exp(best.logProb) })),
  };
}

function rowsOf(logits: Float32Array, tokens: readonly ScoredTextToken[]): LogitRows {
  const targets = Int32Array.from(tokens, ({ id }) => id);
  return { logits, targets, rows: targets.length, classes: logits.length / targets.length };
}

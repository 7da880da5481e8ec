import type { FloatTensor, TokenScores } from "wasm-cross-entropy";
import { asStored } from "./as-stored.js";
import type { RowScale } from "./row-scale.js";
import type { ScoringEngine } from "./seams.js";
import type { Inputs } from "./stream/inputs.js";
import type { RowBatch } from "./stream/stream-rows.js";
import { IGNORED } from "./stream/target-rows.js";

/** The scores of a range of rows. */
export interface ScoreBatch {
  readonly firstRow: number;
  /** One id per row; IGNORED for an ignored row. */
  readonly targets: Int32Array;
  readonly scores: TokenScores;
}

export interface ScoreSettings extends RowScale {
  readonly topK: number;
  readonly tokenBytes: Int32Array | undefined;
}

/** Scores a batch on the engine. */
export async function scoreBatch(
  engine: ScoringEngine,
  { classes, logits: [tensor] }: Inputs,
  { topK, tokenBytes, ...scale }: ScoreSettings,
  { firstRow, logits, targets, documents }: RowBatch,
): Promise<ScoreBatch> {
  const scored = await engine.scoreTokens(logits[0] as FloatTensor, targets, {
    ...scale,
    shape: [targets.length, classes],
    ...(tensor !== undefined && tensor.columns !== classes && { rowStride: tensor.columns }),
    ignoreIndex: IGNORED,
    topK,
    ...(tokenBytes && { tokenBytes }),
    ...(documents && { documents: Array.from(documents) }),
  });
  const scores = tensor?.entry.stored ? asStored(scored, { classes, logits, targets, documents, tokenBytes, topK }) : scored;
  return { firstRow, targets, scores };
}

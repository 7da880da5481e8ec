import type { FloatTensor, LogitsComparison } from "wasm-cross-entropy";
import type { RowScale } from "./row-scale.js";
import type { ScoringEngine } from "./seams.js";
import type { RowBatch } from "./stream/stream-rows.js";
import { IGNORED } from "./stream/target-rows.js";

/** The comparison of a range of rows. */
export interface CompareBatch {
  readonly firstRow: number;
  /** One id per row; IGNORED for an ignored row. */
  readonly targets: Int32Array;
  readonly compared: LogitsComparison;
}

/** Compares a batch on the engine. */
export async function compareBatch(
  engine: ScoringEngine,
  classes: number,
  scale: RowScale,
  { firstRow, logits, targets }: RowBatch,
): Promise<CompareBatch> {
  const [base, other] = logits as readonly [FloatTensor, FloatTensor];
  const options = { ...scale, shape: [targets.length, classes], ignoreIndex: IGNORED };
  return { firstRow, targets, compared: await engine.compareLogits(base, other, targets, options) };
}

import type { FloatTensor, LogitsComparison } from "wasm-cross-entropy";
import { numbersOf } from "../files/half-values.js";
import { againstStored } from "./as-stored.js";
import type { RowScale } from "./row-scale.js";
import type { ScoringEngine } from "./seams.js";
import type { Inputs } from "./stream/inputs.js";
import type { RowBatch } from "./stream/stream-rows.js";
import { IGNORED } from "./stream/target-rows.js";

/** The comparison of a range of rows. */
export interface CompareBatch {
  readonly firstRow: number;
  /** One id per row; IGNORED for an ignored row. */
  readonly targets: Int32Array;
  readonly compared: LogitsComparison;
}

function wordsOf(tensor: FloatTensor): Float32Array | Float64Array | Uint16Array {
  return ("data" in tensor ? tensor.data : tensor) as Float32Array | Float64Array | Uint16Array;
}

/** Compares a batch on the engine. */
export async function compareBatch(
  engine: ScoringEngine,
  { classes, logits: tensors }: Inputs,
  scale: RowScale,
  { firstRow, logits, targets, documents }: RowBatch,
): Promise<CompareBatch> {
  const [base, other] = logits as readonly [FloatTensor, FloatTensor];
  const [rowStride, otherRowStride] = tensors.map(({ columns }) => columns);
  const options = {
    ...scale,
    shape: [targets.length, classes],
    ignoreIndex: IGNORED,
    ...((rowStride !== classes || otherRowStride !== classes) && { rowStride, otherRowStride }),
    ...(documents && { documents: Array.from(documents) }),
  };
  const compared = await engine.compareLogits(base, other, targets, options);
  const [own, theirs] = tensors;
  if (own?.entry.stored === undefined || theirs === undefined) return { firstRow, targets, compared };
  const stored = { values: base as Float32Array, columns: own.columns };
  const read = { values: numbersOf(theirs.dtype, wordsOf(other)), columns: theirs.columns };
  return { firstRow, targets, compared: againstStored(compared, stored, read, { classes, targets, documents }) };
}

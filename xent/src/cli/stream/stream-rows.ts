import type { FloatTensor } from "wasm-cross-entropy";
import type { ScoringEngine } from "../seams.js";
import { inTurns } from "./in-turns.js";
import type { Inputs } from "./inputs.js";
import { RowBuffers } from "./row-buffers.js";
import { readTargets, type TargetRows } from "./target-rows.js";

/** One batch is passed to the sinks, another computed, a third read. */
const SLOTS = 3;

/** Bytes of logits per batch, both models together: large enough that the cost per call does not matter. */
const BATCH_BYTES = 2 ** 24;

/** Most result numbers per batch: with few classes the results, not the logits, take the memory. */
const BATCH_VALUES = 2 ** 19;

/** Result numbers per row: its target, its scores, and the terms of the sums. */
const ROW_VALUES = 8;

/** A batch of rows as read. The logits are valid until the caller asks for the next batch's result: the slot is then reused. */
export interface RowBatch extends TargetRows {
  readonly firstRow: number;
  /** One per model. */
  readonly logits: readonly FloatTensor[];
}

export interface StreamOptions {
  readonly ignoreIndex: number;
  /** The row to start at. */
  readonly firstRow: number;
  /** The row to stop before. */
  readonly endRow: number;
  /** Further result numbers per row: its greatest logits. */
  readonly rowValues?: number | undefined;
  /** Bytes of logits per batch. */
  readonly batchBytes?: number | undefined;
}

/**
 * Yields the results of `compute` for a range of rows, batch by batch, in order. The next batches are read while it computes. Memory
 * does not grow with the files: three batches of 16 MiB.
 * @throws InputError that names the row of an invalid target, or when a file cannot be read
 */
export function streamRows<Result>(
  inputs: Inputs,
  engine: ScoringEngine,
  { ignoreIndex, firstRow, endRow, rowValues = 0, batchBytes = BATCH_BYTES }: StreamOptions,
  compute: (batch: RowBatch) => Promise<Result>,
): AsyncGenerator<Result> {
  const { logits } = inputs;
  const rowBytes = logits.reduce((sum, { columns, elementBytes }) => sum + columns * elementBytes, 0);
  const most = Math.floor(BATCH_VALUES / (ROW_VALUES + rowValues));
  const batchRows = Math.min(endRow - firstRow, most, Math.max(1, Math.floor(batchBytes / rowBytes)));
  const buffers = logits.map((tensor) => new RowBuffers(tensor, engine, SLOTS, batchRows));
  const read = async (from: number, slot: number): Promise<RowBatch> => {
    const count = Math.min(batchRows, endRow - from);
    // targets first: an invalid one is reported before its rows' logits are read
    const targets = await readTargets(inputs, ignoreIndex, from, count);
    const tensors: FloatTensor[] = [];
    for (const buffer of buffers) tensors.push(await buffer.read(from, count, slot));
    return { firstRow: from, logits: tensors, ...targets };
  };
  return inTurns(startsOf(firstRow, endRow, batchRows), SLOTS, { read, compute });
}

function* startsOf(first: number, end: number, step: number): Generator<number> {
  for (let row = first; row < end; row += step) yield row;
}

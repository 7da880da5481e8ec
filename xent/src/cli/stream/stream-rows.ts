import type { FloatTensor } from "wasm-cross-entropy";
import type { ScoringEngine } from "../seams.js";
import { inTurns } from "./in-turns.js";
import type { Inputs } from "./inputs.js";
import { RowBuffers } from "./row-buffers.js";
import { readTargets } from "./target-rows.js";

/** One batch is told of, another computed, a third read. */
const SLOTS = 3;

/** Logits in a batch, in bytes, of both models together: enough that a call's beginning and end do not count. */
const BATCH_BYTES = 2 ** 24;

/** Numbers that a batch's rows may leave: with few classes it is these that take the memory. */
const BATCH_VALUES = 2 ** 19;

/** What a row leaves in any case: its target, scores, and what they are summed from. */
const ROW_VALUES = 8;

/** Rows that were read. The logits are valid until the next batch but two is asked for. */
export interface RowBatch {
  readonly firstRow: number;
  /** One a model. */
  readonly logits: readonly FloatTensor[];
  /** The ids; IGNORED where the row is ignored. */
  readonly targets: Int32Array;
}

export interface StreamOptions {
  readonly ignoreIndex: number;
  /** The row to begin with. */
  readonly firstRow: number;
  /** Numbers that a row leaves besides: its greatest logits. */
  readonly rowValues?: number | undefined;
  /** Bytes of logits in a batch. */
  readonly batchBytes?: number | undefined;
}

/**
 * What `compute` makes of all rows, some at a time, in order. Reading goes on while it computes. Memory does not grow with the
 * files: three batches of 16 MiB.
 * @throws InputError when a target is no class (names its row), or a file cannot be read
 */
export function streamRows<Result>(
  inputs: Inputs,
  engine: ScoringEngine,
  { ignoreIndex, firstRow, rowValues = 0, batchBytes = BATCH_BYTES }: StreamOptions,
  compute: (batch: RowBatch) => Promise<Result>,
): AsyncGenerator<Result> {
  const { logits, rows } = inputs;
  const rowBytes = logits.reduce((sum, { columns, elementBytes }) => sum + columns * elementBytes, 0);
  const most = Math.floor(BATCH_VALUES / (ROW_VALUES + rowValues));
  const batchRows = Math.min(rows, most, Math.max(1, Math.floor(batchBytes / rowBytes)));
  const buffers = logits.map((tensor) => new RowBuffers(tensor, engine, SLOTS, batchRows));
  const read = async (from: number, slot: number): Promise<RowBatch> => {
    const count = Math.min(batchRows, rows - from);
    // a wrong target is told before its rows' logits are read
    const targets = await readTargets(inputs, ignoreIndex, from, count);
    const tensors: FloatTensor[] = [];
    for (const buffer of buffers) tensors.push(await buffer.read(from, count, slot));
    return { firstRow: from, logits: tensors, targets };
  };
  return inTurns(startsOf(firstRow, rows, batchRows), SLOTS, { read, compute });
}

function* startsOf(first: number, rows: number, step: number): Generator<number> {
  for (let row = first; row < rows; row += step) yield row;
}

import { type ArrayOf, type LogitDtype, makeArray } from "../files/dtypes.js";
import { InputError } from "../files/input-error.js";
import type { RowLogits, RowScores } from "../losses/score-rows.js";
import type { ScoreInputs } from "./score-inputs.js";
import type { ScoreRows } from "./seams.js";

/** Logits read at a time, in bytes: enough that reading costs little more than copying, little enough to stay small. */
const BATCH_BYTES = 16 * 2 ** 20;

/** Rows of a batch at most: with few classes it is the arrays of one entry a row that take the memory. */
const BATCH_ROWS = 2 ** 16;

/** What an ignored target is in a batch, whatever number the file has for it. */
const IGNORED = -100;

/** Some rows, scored. The arrays may be used until the next batch. */
export interface ScoredBatch extends RowScores {
  readonly firstRow: number;
  /** The ids; -100 where the row is ignored. */
  readonly targets: Int32Array;
  /** Bytes of each target's text, when the bytes of the tokens are known. */
  readonly bytes: Int32Array | undefined;
}

export interface BatchOptions {
  readonly ignoreIndex: number;
  readonly softcap: number | undefined;
  readonly temperature: number | undefined;
  readonly deterministic: boolean;
  /** Bytes of logits in a batch; for tests. */
  readonly batchBytes?: number;
}

/**
 * Scores all rows in order, some at a time: memory does not grow with the files.
 * @throws InputError when a target is no class (names its row), or a file cannot be read
 */
export function* scoreBatches(inputs: ScoreInputs, options: BatchOptions, scoreRows: ScoreRows): Generator<ScoredBatch> {
  const { logits, targets } = inputs;
  const { rows, columns: classes } = logits;
  const rowBytes = classes * logits.elementBytes;
  const batchRows = Math.min(rows, BATCH_ROWS, Math.max(1, Math.floor((options.batchBytes ?? BATCH_BYTES) / rowBytes)));
  const buffer = makeArray(logits.dtype, batchRows * classes);
  const rowOptions = {
    classes,
    ignoreIndex: IGNORED,
    ...(options.softcap !== undefined && { softcap: options.softcap }),
    ...(options.temperature !== undefined && { temperature: options.temperature }),
    ...(options.deterministic && { deterministic: true }),
  };
  for (let firstRow = 0; firstRow < rows; firstRow += batchRows) {
    const count = Math.min(batchRows, rows - firstRow);
    const ids = classIds(inputs, firstRow, targets.readElements(firstRow, firstRow + count), options.ignoreIndex);
    const part = buffer.subarray(0, count * classes);
    logits.readInto(part, firstRow * classes);
    yield {
      firstRow,
      targets: ids,
      bytes: bytesOf(inputs, firstRow, ids),
      ...scoreRows(rowLogits(part, logits.dtype), ids, rowOptions),
    };
  }
}

/** 16-bit floats come from the file as words. */
function rowLogits(part: ArrayOf<LogitDtype>, dtype: LogitDtype): RowLogits {
  if (!(part instanceof Uint16Array)) return part;
  return { data: part, type: dtype === "F16" ? "float16" : "bfloat16" };
}

/** Checked targets as i32, which every class number fits, whatever integers the file holds. */
function classIds(
  { logits, targets }: ScoreInputs,
  firstRow: number,
  values: ArrayLike<number | bigint>,
  ignoreIndex: number,
): Int32Array {
  const classes = logits.columns;
  const ids = new Int32Array(values.length);
  for (let index = 0; index < values.length; index++) {
    const value = Number(values[index]);
    if (value !== ignoreIndex && !(value >= 0 && value < classes)) {
      throw new InputError(
        `${targets.label}: row ${firstRow + index}: expected a target in 0..${classes - 1} ` +
          `or the ignore index (${ignoreIndex}), got ${values[index]}`,
      );
    }
    ids[index] = value === ignoreIndex ? IGNORED : value;
  }
  return ids;
}

function bytesOf({ targets, tokenBytes }: ScoreInputs, firstRow: number, ids: Int32Array): Int32Array | undefined {
  if (tokenBytes === undefined) return undefined;
  const { counts, label } = tokenBytes;
  const bytes = new Int32Array(ids.length);
  for (let index = 0; index < ids.length; index++) {
    const id = ids[index] as number;
    if (id === IGNORED) continue;
    const count = counts[id];
    if (count === undefined) {
      throw new InputError(
        `${label}: has ${counts.length} entries, but row ${firstRow + index} of ${targets.label} is token ${id}; ` +
          "give the bytes of every token",
      );
    }
    bytes[index] = count;
  }
  return bytes;
}

import { type Engine, mergeScores, type ScoreTotals } from "wasm-cross-entropy";
import type { ArrayOf, LogitDtype } from "../../../../xent/build/files/dtypes.js";
import { InputError } from "../../../../xent/build/files/input-error.js";
import { asIntegers, asLogits, type TensorEntry } from "../../../../xent/build/files/tensor.js";
import { MOST_SHOWN, type ScoredPart, TOP, tokensOf } from "../scoring/scored.js";
import { chooseTensors } from "./choose-tensors.js";
import { readElements, readTargets } from "./read-tensor.js";
import { tensorsOf } from "./tensors-of.js";

/** Bytes of logits per batch. */
const BATCH_BYTES = 16 * 2 ** 20;

/** Most rows per batch: with few classes the results, not the logits, take the memory. */
const BATCH_ROWS = 2 ** 16;

/**
 * Scores the logits of files against their targets: row i predicts target i. Rows are read in batches, so that a file may be larger
 * than memory.
 * @throws the signal's reason; InputError for files that cannot be scored
 */
export async function* scoreFiles(files: readonly File[], engine: Engine, signal: AbortSignal): AsyncGenerator<ScoredPart> {
  const chosen = chooseTensors((await Promise.all(files.map(tensorsOf))).flat());
  const logits = asLogits(chosen.logits, "logits");
  const integers = asIntegers(chosen.targets, "targets");
  const { rows, columns: classes } = logits;
  if (logits.shape.length < 2 || rows === 0 || classes === 0) {
    throw new InputError(`${logits.label}: expected logits of shape [rows, classes], got [${logits.shape}]`);
  }
  if (integers.length !== rows) {
    throw new InputError(`${integers.label}: expected ${rows} targets, one per row of [${logits.shape}], got ${integers.length}`);
  }
  const targets = await readTargets(integers, classes);
  const tokenBytes = await readTokenBytes(chosen.tokenBytes);
  const batchRows = Math.min(BATCH_ROWS, Math.max(1, Math.floor(BATCH_BYTES / (classes * logits.elementBytes))));

  let totals: ScoreTotals | undefined;
  let shown = 0;
  for (let first = 0; first < rows; first += batchRows) {
    const end = Math.min(first + batchRows, rows);
    const values = await readElements(logits, first * classes, end * classes);
    const ids = targets.subarray(first, end);
    const scores = await engine.scoreTokens(tensorOf(values, logits.dtype), ids, {
      shape: [end - first, classes],
      topK: Math.min(TOP, classes),
      ...(tokenBytes && { tokenBytes }),
      signal,
    });
    totals = totals ? mergeScores([totals, scores.totals]) : scores.totals;
    const isSingle = values instanceof Float32Array;
    const tokens = tokensOf(scores, ids, MOST_SHOWN - shown);
    shown += tokens.length;
    yield {
      tokens,
      totals,
      done: end,
      of: rows,
      classes,
      rows: isSingle ? { logits: values, targets: ids, rows: end - first, classes } : undefined,
    };
  }
}

/** 16-bit floats are read as 16-bit words. */
function tensorOf(values: ArrayOf<LogitDtype>, dtype: LogitDtype) {
  if (!(values instanceof Uint16Array)) return values;
  return { data: values, type: dtype === "F16" ? ("float16" as const) : ("bfloat16" as const) };
}

async function readTokenBytes(entry: TensorEntry | undefined): Promise<Int32Array | undefined> {
  if (!entry) return undefined;
  const tensor = asIntegers(entry, "token bytes");
  const values = await readElements(tensor, 0, tensor.length);
  return Int32Array.from(values as ArrayLike<number | bigint>, Number);
}

/** Scores of sequences as in lm-evaluation-harness, and the choice among several continuations. */
import type { IntegerTensor, NewFloat64Array, NewInt32Array, NewUint8Array, NumberData } from "../arguments/types.js";
import { wrongType, wrongValue } from "../errors.js";
import { fieldOf } from "../values.js";
import { byteCount, checkIntegers, checkLength, checkNats, checkNumber } from "./token-table.js";

/** One entry per sequence. A sequence is a run of rows along the shape's last axis before the classes. */
export interface SequenceScores {
  /** Sum of the tokens' log-probabilities, in nats; 0 without tokens. */
  readonly logProbs: NewFloat64Array;
  /** 1 if every token is the greatest logit of its row, or if there are no tokens; else 0. */
  readonly isGreedy: NewUint8Array;
  /** Number of tokens scored, without ignored ones. */
  readonly tokens: NewInt32Array;
  /** Bytes of the tokens' text, with `tokenBytes`. */
  readonly bytes?: NewInt32Array;
}

/** Where a sequence starts, and where the first row after it is. */
export type Range = readonly [from: number, to: number];

/** Rows of several sequences: arrays of the same length. */
interface SequenceRows {
  readonly logProbs: Float64Array;
  /** 0 where the row does not count. */
  readonly kept: Uint8Array;
  readonly isGreedy?: Uint8Array | undefined;
  readonly bytes?: readonly number[] | undefined;
}

/** Sums over the rows of each range that count. */
export function sequenceScores(ranges: readonly Range[], rows: SequenceRows & { readonly isGreedy: Uint8Array }): SequenceScores;
export function sequenceScores(
  ranges: readonly Range[],
  rows: SequenceRows,
): Omit<SequenceScores, "isGreedy"> & { readonly isGreedy?: NewUint8Array };
export function sequenceScores(ranges: readonly Range[], { logProbs, kept, isGreedy, bytes }: SequenceRows) {
  const count = ranges.length;
  const sums = new Float64Array(count);
  const greedy = new Uint8Array(count).fill(1);
  const tokens = new Int32Array(count);
  const sumsOfBytes = new Int32Array(count);
  for (const [s, [from, to]] of ranges.entries()) {
    for (let row = from; row < to; row++) {
      if (kept[row] === 0) continue;
      tokens[s] = tokens[s] + 1;
      sums[s] = sums[s] + logProbs[row];
      if (isGreedy?.[row] === 0) greedy[s] = 0;
      if (bytes) sumsOfBytes[s] = sumsOfBytes[s] + bytes[row];
    }
  }
  return { logProbs: sums, ...(isGreedy && { isGreedy: greedy }), tokens, ...(bytes && { bytes: sumsOfBytes }) };
}

/** The answer with the best score. */
export interface Choice {
  /** Index of the greatest sum of log-probabilities; -1 if all are NaN. */
  readonly choice: number;
  /** Index of the greatest sum per byte, if bytes are given; -1 if all are NaN. */
  readonly choicePerByte?: number;
}

/**
 * Multiple choice: the continuation to which a model gives the greatest probability. Each answer is one sequence.
 *
 * ```text
 * choice        = argmax_i logProbs_i                 lm-evaluation-harness: acc is whether this is the right answer
 * choicePerByte = argmax_i logProbs_i / bytes_i       acc_bytes; acc_norm divides by characters, the same number in ASCII
 * ```
 *
 * The sum favours short answers; the sum per byte does not. Of equal answers the first is chosen. NaN is never chosen.
 *
 * @param answers - `sequences` of {@link scoreTokens}, or your own `{ logProbs, bytes? }`: the sum of each answer in nats, and
 * the bytes of its text.
 * @returns Indices of answers; `choicePerByte` only if bytes are given.
 * @throws TypeError when `answers` is not an object or a member is not an array of numbers; RangeError without answers, for
 * lengths that differ, or for an answer of 0 bytes.
 * Source: EleutherAI, lm-evaluation-harness, `process_results` of output type `multiple_choice` (lm_eval/api/task.py).
 *
 * @example
 * ```ts
 * import { multipleChoice } from "wasm-cross-entropy";
 *
 * // "no" against "certainly not"
 * const { choice, choicePerByte } = multipleChoice({ logProbs: [-4, -6.5], bytes: [2, 13] });
 * choice; // => 0
 * choicePerByte; // => 1
 * ```
 */
export function multipleChoice(answers: { readonly logProbs: NumberData; readonly bytes?: IntegerTensor | undefined }): Choice {
  if (typeof answers !== "object" || answers === null) throw wrongType("answers", "{ logProbs, bytes? }", answers);
  const logProbs = checkNats("answers.logProbs", fieldOf(answers, "logProbs"));
  const count = logProbs.length;
  if (count === 0) throw wrongValue("answers.logProbs", "at least one answer", "none");
  const sums = Array.from(logProbs, (sum: unknown, index) => checkNumber(`answers.logProbs[${index}]`, sum));
  const given = fieldOf(answers, "bytes");
  if (given === undefined) return { choice: firstGreatest(sums) };
  const lengths = checkIntegers("answers.bytes", given);
  checkLength("answers.bytes", lengths.length, "answers.logProbs", count);
  const quotients = sums.map((sum, index) => {
    const bytes = byteCount("answers.bytes", lengths, index);
    if (bytes === 0) throw wrongValue(`answers.bytes[${index}]`, "at least one byte", bytes);
    return sum / bytes;
  });
  return { choice: firstGreatest(sums), choicePerByte: firstGreatest(quotients) };
}

function firstGreatest(values: readonly number[]): number {
  let best = -1;
  for (const [index, value] of values.entries()) {
    if (!Number.isNaN(value) && (best < 0 || value > values[best])) best = index;
  }
  return best;
}

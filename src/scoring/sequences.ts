/** Totals of sequences, as lm-evaluation-harness has them, and the choice among several continuations. */
import type { FloatData, IntegerData } from "../arguments/types.js";
import { wrongType, wrongValue } from "../errors.js";
import type { Sequences } from "./token-rows.js";
import { byteCount, checkIntegers, checkLength, checkNats, checkNumber } from "./token-table.js";

/** One entry a sequence: the rows that follow each other along the shape's last axis but the classes'. */
export interface SequenceScores {
  /** Sum of the tokens' log-probabilities, in nats; 0 without any token. */
  readonly logProbs: Float64Array;
  /** 1 where every token is the greatest logit of its row (also without any token). */
  readonly isGreedy: Uint8Array;
  /** Tokens scored. */
  readonly tokens: Int32Array;
  /** Bytes of their text, where `tokenBytes` was given. */
  readonly bytes?: Int32Array;
}

/** Sums of rows whose `kept` is not 0. */
export function sequenceScores(
  { count, length }: Sequences,
  logProbs: Float64Array,
  isGreedy: Uint8Array,
  kept: Uint8Array,
  bytes: readonly number[] | undefined,
): SequenceScores {
  const sums = new Float64Array(count);
  const greedy = new Uint8Array(count).fill(1);
  const tokens = new Int32Array(count);
  const sumsOfBytes = new Int32Array(count);
  for (let s = 0; s < count; s++) {
    for (let row = s * length; row < (s + 1) * length; row++) {
      if (kept[row] === 0) continue;
      tokens[s] = (tokens[s] as number) + 1;
      sums[s] = (sums[s] as number) + (logProbs[row] as number);
      if (isGreedy[row] === 0) greedy[s] = 0;
      if (bytes) sumsOfBytes[s] = (sumsOfBytes[s] as number) + (bytes[row] as number);
    }
  }
  return { logProbs: sums, isGreedy: greedy, tokens, ...(bytes && { bytes: sumsOfBytes }) };
}

/** The answer that scores best. */
export interface Choice {
  /** Index of the greatest sum of log-probabilities; -1 where all are NaN. */
  readonly choice: number;
  /** Index of the greatest sum per byte, where bytes are given. */
  readonly choicePerByte?: number;
}

/**
 * Multiple choice: which continuation a model gives the greatest probability, one sequence a choice.
 *
 * ```text
 * choice        = argmax_i logProbs_i                 lm-evaluation-harness: acc is whether this is the right answer
 * choicePerByte = argmax_i logProbs_i / bytes_i       acc_bytes; acc_norm divides by characters, the same number in ASCII
 * ```
 *
 * The sums favour short answers, the quotients do not. Ties are the first one's; NaN is never chosen.
 *
 * @param answers - `sequences` of {@link scoreTokens}, or `{ logProbs, bytes? }` of one's own: sums in nats, and the bytes of
 * each answer's text.
 * @returns Indices of answers; `choicePerByte` only where bytes are given.
 * @throws TypeError for what is no list of numbers; RangeError without any answer, for lengths that differ, or an answer of 0
 * bytes.
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
export function multipleChoice(answers: { readonly logProbs: FloatData; readonly bytes?: IntegerData }): Choice {
  if (typeof answers !== "object" || answers === null) throw wrongType("answers", "{ logProbs, bytes? }", answers);
  const logProbs = checkNats("answers.logProbs", answers.logProbs);
  const count = logProbs.length;
  if (count === 0) throw wrongValue("answers.logProbs", "at least one answer", "none");
  const sums = Array.from(logProbs, (sum: unknown, index) => checkNumber(`answers.logProbs[${index}]`, sum));
  if (answers.bytes === undefined) return { choice: firstGreatest(sums) };
  const lengths = checkIntegers("answers.bytes", answers.bytes);
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
    if (!Number.isNaN(value) && (best < 0 || value > (values[best] as number))) best = index;
  }
  return best;
}

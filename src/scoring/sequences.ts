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

/** The answer with the best score, by several measures. Each is -1 if all scores are NaN. */
export interface Choice {
  /** Index of the greatest sum of log-probabilities. */
  readonly choice: number;
  /** Index of the greatest sum per byte, if bytes are given. */
  readonly choicePerByte?: number;
  /** Index of the greatest sum per character, if characters are given. */
  readonly choicePerCharacter?: number;
  /** Index of the greatest gain over the unconditional sum, if unconditional sums are given. */
  readonly choiceByMutualInfo?: number;
}

/** Answers of a question, one entry each. */
export interface Answers {
  /** Sum of log-probabilities behind the question, in nats. */
  readonly logProbs: NumberData;
  /** UTF-8 bytes of the answer. */
  readonly bytes?: IntegerTensor | undefined;
  /** Characters of the answer. */
  readonly characters?: IntegerTensor | undefined;
  /** Sum of log-probabilities with nothing in front, in nats. */
  readonly unconditionalLogProbs?: NumberData | undefined;
}

/** One answer, as `loglikelihood` returns it. */
export interface Answer {
  readonly logProb: number;
  readonly bytes?: number;
  readonly characters?: number;
  readonly unconditionalLogProb?: number;
}

/**
 * Multiple choice: the continuation to which a model gives the greatest probability. Each answer is one sequence.
 *
 * ```text
 * choice             = argmax_i logProbs_i                               lm-evaluation-harness: acc is whether this is the right answer
 * choicePerCharacter = argmax_i logProbs_i / characters_i                acc_norm
 * choicePerByte      = argmax_i logProbs_i / bytes_i                     acc_bytes, the same as acc_norm in ASCII
 * choiceByMutualInfo = argmax_i logProbs_i - unconditionalLogProbs_i     acc_mutual_info
 * ```
 *
 * The sum favours short answers; the sum per byte or character does not. Of equal answers the first is chosen. NaN is never chosen.
 *
 * @param answers - `sequences` of {@link scoreTokens}; or what `loglikelihood` of `wasm-cross-entropy/text` returns; or your own
 * `{ logProbs, bytes?, characters?, unconditionalLogProbs? }`, see {@link Answers}.
 * @returns Indices of answers; each measure only if what it needs is given.
 * @throws TypeError when `answers` is not an object or a member is not an array of numbers; RangeError without answers, for
 * lengths that differ, or for an answer of 0 bytes or characters.
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
export function multipleChoice(answers: Answers | readonly Answer[]): Choice {
  if (typeof answers !== "object" || answers === null) throw wrongType("answers", "{ logProbs, bytes? }", answers);
  const columns: Answers = Array.isArray(answers) ? columnsOf(answers) : (answers as Answers);
  const sums = sumsOf("answers.logProbs", fieldOf(columns, "logProbs"));
  if (sums.length === 0) throw wrongValue("answers.logProbs", "at least one answer", "none");
  const bytes = lengthsOf("answers.bytes", fieldOf(columns, "bytes"), "byte", sums.length);
  const characters = lengthsOf("answers.characters", fieldOf(columns, "characters"), "character", sums.length);
  const alone = fieldOf(columns, "unconditionalLogProbs");
  const unconditional = alone === undefined ? undefined : sumsOf("answers.unconditionalLogProbs", alone);
  if (unconditional) checkLength("answers.unconditionalLogProbs", unconditional.length, "answers.logProbs", sums.length);
  const greatestPer = (lengths: readonly number[]) => firstGreatest(sums.map((sum, index) => sum / lengths[index]));
  return {
    choice: firstGreatest(sums),
    ...(bytes && { choicePerByte: greatestPer(bytes) }),
    ...(characters && { choicePerCharacter: greatestPer(characters) }),
    ...(unconditional && { choiceByMutualInfo: firstGreatest(sums.map((sum, index) => sum - unconditional[index])) }),
  };
}

/** A column for each member that the first answer has. */
function columnsOf(answers: readonly Answer[]): Answers {
  const column = (name: keyof Answer) => answers.map((answer) => fieldOf(answer, name) as number);
  const has = (name: keyof Answer) => answers.length > 0 && fieldOf(answers[0], name) !== undefined;
  return {
    logProbs: column("logProb"),
    ...(has("bytes") && { bytes: column("bytes") }),
    ...(has("characters") && { characters: column("characters") }),
    ...(has("unconditionalLogProb") && { unconditionalLogProbs: column("unconditionalLogProb") }),
  };
}

function sumsOf(argument: string, value: unknown): number[] {
  return Array.from(checkNats(argument, value), (sum: unknown, index) => checkNumber(`${argument}[${index}]`, sum));
}

function lengthsOf(argument: string, value: unknown, unit: string, count: number): number[] | undefined {
  if (value === undefined) return undefined;
  const lengths = checkIntegers(argument, value);
  checkLength(argument, lengths.length, "answers.logProbs", count);
  return Array.from({ length: count }, (_, index) => {
    const length = byteCount(argument, lengths, index);
    if (length === 0) throw wrongValue(`${argument}[${index}]`, `at least one ${unit}`, length);
    return length;
  });
}

function firstGreatest(values: readonly number[]): number {
  let best = -1;
  for (const [index, value] of values.entries()) {
    if (!Number.isNaN(value) && (best < 0 || value > values[best])) best = index;
  }
  return best;
}

/** scoreLogProbs: the totals of scoreTokens, from log-probabilities that the caller already has. */
import { BESIDE, type Readers } from "../arguments/function-options.js";
import { checkOptions } from "../arguments/options.js";
import { checkProduct, dataOf, floatInput, isTensorLike, tensorShape } from "../arguments/tensors.js";
import type { FloatTensor, IntegerTensor, Mask } from "../arguments/types.js";
import { wrongType, wrongValue } from "../errors.js";
import { isHalf, toFloat32 } from "../half.js";
import { type DocumentsOption, ownersOf } from "./documents-option.js";
import { type Range, type SequenceScores, sequenceScores } from "./sequences.js";
import { byteCount, checkIntegers, checkLength } from "./token-table.js";
import { addScores, emptyScores, type ScoreTotals, totalsOf } from "./totals.js";

/** Log-probabilities in nats, one per token; null or NaN where a token has none, such as the first of a text. */
export type LogProbs = FloatTensor | readonly (number | null)[];

/** Options of `scoreLogProbs`: arrays with one entry per log-probability, and `sequences`. */
export interface ScoreLogProbsOptions extends DocumentsOption {
  /** Bytes of each token's text, 0 for special tokens. Adds `bytes` and `bitsPerByte` to the totals. */
  readonly tokenBytes?: IntegerTensor | undefined;
  /** 1 or true where the token was the most probable one. Without it, `accuracy` and `accuracyStderr` are NaN. */
  readonly isGreedy?: Mask | IntegerTensor | undefined;
  /** The sequences to sum over: their lengths, which follow each other and cover all tokens, or where each starts and ends. */
  readonly sequences?: IntegerTensor | readonly Range[] | undefined;
}

export const LOG_PROBS_OPTIONS = {
  documents: BESIDE,
  tokenBytes: BESIDE,
  isGreedy: BESIDE,
  sequences: BESIDE,
} satisfies Readers<ScoreLogProbsOptions>;

/** `SequenceScores`, of which `isGreedy` is absent unless the option of that name is given. */
export interface LogProbSequences extends Omit<SequenceScores, "isGreedy"> {
  readonly isGreedy?: SequenceScores["isGreedy"];
}

export interface LogProbScores {
  readonly totals: ScoreTotals;
  /** One entry per sequence; absent without the option `sequences`. */
  readonly sequences?: LogProbSequences;
}

/** Log-probabilities of certain tokens that were rounded, or summed from rounded parts, may be this far above 0. */
const ROUNDING = 1e-4;

/**
 * The totals of {@link scoreTokens} from log-probabilities that you already have, such as those that an API returns.
 *
 * ```text
 * nats = -sum of logProbs; every other total as in scoreTokens
 * ```
 *
 * null and NaN count nowhere: they stand for tokens without a log-probability, such as the first of a text. -Infinity is an infinite
 * loss. Values in (0, 1e-4] come from rounding and count as 0. The totals have the bits of `scoreTokens(...).totals` for its own
 * `logProbs` and `isGreedy`, and {@link mergeScores} merges both. Without `isGreedy` the accuracy is NaN, and so is that of any
 * whole that has such a part.
 *
 * @param logProbs - Natural logarithms of the tokens' probabilities: an array or a tensor object. Never changed; a `number[]` is
 * read in f64.
 * @param options - See {@link ScoreLogProbsOptions}.
 * @returns `{ totals }`, and with the option `sequences` also `sequences`, which {@link multipleChoice} takes.
 * @throws TypeError for an argument or option of a wrong type, or an unknown option; RangeError for a log-probability above 1e-4,
 * arrays of different lengths, a negative or fractional number of bytes, or sequences that do not fit.
 *
 * Source: EleutherAI, lm-evaluation-harness, `loglikelihood` (sequences); Miller 2024, arXiv:2411.00640 (clustered errors).
 *
 * @example
 * ```ts
 * import { scoreLogProbs } from "wasm-cross-entropy";
 *
 * // tokens of an API's answer; the first has no log-probability
 * const logProbs = [null, -1.5, -0.25, -2.25];
 * const { totals, sequences } = scoreLogProbs(logProbs, { tokenBytes: [3, 4, 1, 3], sequences: [3, 1] });
 * totals.tokens; // => 3
 * totals.nats; // => 4
 * totals.bitsPerByte; // => 0.7213475
 * sequences.logProbs; // => [-1.75, -2.25]
 * ```
 */
export function scoreLogProbs(
  logProbs: LogProbs,
  options: ScoreLogProbsOptions & { readonly sequences: IntegerTensor | readonly Range[] },
): LogProbScores & { readonly sequences: LogProbSequences };
export function scoreLogProbs(logProbs: LogProbs, options?: ScoreLogProbsOptions): LogProbScores;
export function scoreLogProbs(logProbs: LogProbs, options?: ScoreLogProbsOptions): LogProbScores {
  const given = checkOptions(options, LOG_PROBS_OPTIONS);
  const { values, shape } = valuesOf(logProbs);
  const { kept, nats } = lossesOf(values);
  const bytes = given.tokenBytes === undefined ? undefined : bytesOf(given.tokenBytes, kept);
  const greedy = given.isGreedy === undefined ? undefined : greedyOf(given.isGreedy, kept);
  const owners = given.documents === undefined ? undefined : ownersOf(given.documents, "logProbs", kept, { rowShape: shape });
  const ranges = given.sequences === undefined ? undefined : rangesOf(given.sequences, kept.length);
  const state = emptyScores({ bytes: bytes !== undefined, documents: owners !== undefined });
  addScores(state, { nats, greedy, kept, bytes, owners });
  const totals = totalsOf(state);
  if (ranges === undefined) return { totals };
  // 0 - loss gives a loss of 0 the log-probability 0, not -0
  const own = nats.map((loss) => 0 - loss);
  return { totals, sequences: sequenceScores(ranges, { logProbs: own, kept, bytes, isGreedy: greedy }) };
}

function valuesOf(logProbs: LogProbs): { readonly values: ArrayLike<unknown>; readonly shape?: readonly number[] | undefined } {
  const isTensor = isTensorLike(logProbs);
  const list: unknown = isTensor ? dataOf("logProbs", logProbs) : logProbs;
  if (!Array.isArray(list)) {
    const { data, shape } = floatInput("logProbs", logProbs as FloatTensor);
    return { values: isHalf(data) ? toFloat32(data) : data, shape };
  }
  if (!isTensor) return { values: list };
  const shape = tensorShape("logProbs", logProbs);
  checkProduct("logProbs", shape, list.length);
  return { values: list, shape };
}

/** Losses, 0 for tokens without one, and 1 in `kept` for tokens with one. */
function lossesOf(values: ArrayLike<unknown>): { readonly kept: Uint8Array; readonly nats: Float64Array } {
  const kept = new Uint8Array(values.length);
  const nats = new Float64Array(values.length);
  for (let index = 0; index < nats.length; index++) {
    const value = values[index];
    if (value === null) continue;
    if (typeof value !== "number") throw wrongElement(index, value);
    if (Number.isNaN(value)) continue;
    if (value > ROUNDING) throw tooGreat(values, index);
    kept[index] = 1;
    // not -value, which is -0 for 0
    nats[index] = value > 0 ? 0 : 0 - value;
  }
  return { kept, nats };
}

function wrongElement(index: number, value: unknown): TypeError {
  const isList = Array.isArray(value) || ArrayBuffer.isView(value);
  const remedy = isList ? "flatten nested lists" : typeof value === "object" ? "take its log-probability" : undefined;
  return wrongType(`logProbs[${index}]`, "a number, or null for a token without a log-probability", value, remedy);
}

/** The error for a log-probability above 0, with what the list probably holds instead. */
function tooGreat(values: ArrayLike<unknown>, index: number): RangeError {
  const numbers = Array.from(values).filter((value): value is number => typeof value === "number" && !Number.isNaN(value));
  const [log, negate] = ["take Math.log of probabilities", "negate losses"];
  const remedy = numbers.some((value) => value < 0)
    ? `${log}, ${negate}`
    : numbers.every((value) => value <= 1)
      ? `all are in [0, 1]: ${log}`
      : `none is negative: ${negate}`;
  return wrongValue(`logProbs[${index}]`, "log-probabilities, at most 0", values[index], remedy);
}

function bytesOf(value: unknown, kept: Uint8Array): number[] {
  const bytes = checkIntegers("options.tokenBytes", value);
  checkLength("options.tokenBytes", bytes.length, "logProbs", kept.length);
  return Array.from(kept, (isKept, index) => (isKept === 0 ? 0 : byteCount("options.tokenBytes", bytes, index)));
}

function greedyOf(value: unknown, kept: Uint8Array): Uint8Array {
  const greedy: ArrayLike<unknown> = checkIntegers("options.isGreedy", value);
  checkLength("options.isGreedy", greedy.length, "logProbs", kept.length);
  return Uint8Array.from(kept, (isKept, index) => {
    const entry = greedy[index];
    if (isKept === 0 || entry === false) return 0;
    if (typeof entry === "number" || typeof entry === "bigint" || entry === true) return Number(entry) === 0 ? 0 : 1;
    throw wrongType(`options.isGreedy[${index}]`, "a boolean or an integer", entry);
  });
}

function rangesOf(value: unknown, length: number): Range[] {
  const name = "options.sequences";
  const entries: ArrayLike<unknown> = checkIntegers(name, value);
  const isPair = (entry: unknown): entry is readonly unknown[] => Array.isArray(entry) && entry.length === 2;
  let end = 0;
  const ranges = Array.from(entries, (entry, index): Range => {
    const at = `${name}[${index}]`;
    if (isPair(entries[0])) {
      if (!isPair(entry)) throw wrongType(at, "[from, to), as the first sequence is", entry);
      const [from, to] = [positionOf(`${at}[0]`, entry[0], length), positionOf(`${at}[1]`, entry[1], length)];
      if (from > to) throw wrongValue(at, "from <= to", `[${from}, ${to}]`);
      return [from, to];
    }
    const from = end;
    end += positionOf(at, entry, length);
    return [from, end];
  });
  if (!isPair(entries[0]) && end !== length)
    throw wrongValue(name, `lengths that add up to ${length}, one per log-probability`, end);
  return ranges;
}

function positionOf(name: string, value: unknown, length: number): number {
  const position = typeof value === "bigint" ? Number(value) : value;
  if (typeof position !== "number") throw wrongType(name, "a number of tokens", value);
  if (!Number.isInteger(position) || position < 0 || position > length) {
    throw wrongValue(name, `a whole number in [0, ${length}]`, value);
  }
  return position;
}

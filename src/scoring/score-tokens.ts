/** scoreTokens: checks -> job -> result. */
import { BESIDE, type Readers } from "../arguments/function-options.js";
import { checkOptions, integer, numberOption } from "../arguments/options.js";
import type {
  FloatTensor,
  IndexTargets,
  IntegerTensor,
  NewFloat32Array,
  NewFloat64Array,
  NewInt32Array,
  NewUint8Array,
} from "../arguments/types.js";
import { runDefault } from "../engine/default.js";
import { type ScoreJob, scoreKind } from "../engine/kinds/score-tokens.js";
import { type Task, taskOf } from "../engine/task.js";
import { wrongValue } from "../errors.js";
import { bytesOfTarget } from "./bits-per-byte.js";
import { type SequenceScores, sequenceScores } from "./sequences.js";
import { jobRows, TOKEN_ROWS_OPTIONS, type TokenRows, type TokenRowsOptions, tokenRows } from "./token-rows.js";
import { checkIntegers } from "./token-table.js";
import { addScores, emptyScores, type ScoreTotals, totalsOf } from "./totals.js";

const MOST_TOP = 100;

/** Options of `scoreTokens`. */
export interface ScoreTokensOptions extends TokenRowsOptions {
  /** Number of greatest logits to report per row, at most 100 and at most the number of classes. Default 0. */
  readonly topK?: number | undefined;
  /** Bytes of each id of the vocabulary, 0 for special tokens. Adds `bytes` and `bitsPerByte` to the totals. */
  readonly tokenBytes?: IntegerTensor | undefined;
}

const SCORE_OPTIONS = { topK: BESIDE, tokenBytes: BESIDE } satisfies Readers<Omit<ScoreTokensOptions, keyof TokenRowsOptions>>;

/** Arrays with one entry per row, in the order of the shape without its class axis; scores per sequence; and the totals. */
export interface TokenScores {
  /** Log-probability of the target, in nats. NaN for an ignored row and for a row without a distribution. */
  readonly logProbs: NewFloat64Array;
  /** Rank of the target among the row's logits, 1 for the greatest. 0 for an ignored row and for a row with NaN. */
  readonly ranks: NewInt32Array;
  /** 1 where the rank is 1, else 0. */
  readonly isGreedy: NewUint8Array;
  /** Entropy of the row's softmax, in nats. NaN for an ignored row and for a row without a distribution. */
  readonly entropies: NewFloat32Array;
  /** log-sum-exp of the row's logits after softcap and temperature, in nats. NaN for an ignored row and for a row with NaN. */
  readonly logSumExps: NewFloat32Array;
  /** With `topK`: classes of the greatest logits, greatest first, topK per row. -1 for an ignored row and for a row with NaN. */
  readonly topIds?: NewInt32Array;
  /** With `topK`: log-probabilities of `topIds`, in nats. */
  readonly topLogProbs?: NewFloat32Array;
  /** One entry per sequence. */
  readonly sequences: SequenceScores;
  readonly totals: ScoreTotals;
}

/**
 * Scores a language model's logits against the actual tokens. Reads each row once.
 *
 * ```text
 * x'        = softcap tanh(x / softcap) / temperature         (each where given),   p = softmax(x')
 * logProbs  = log p_t
 * ranks     = 1 + |{ c : x_c > x_t }| + |{ c < t : x_c = x_t }|
 * entropies = -sum_c p_c log p_c                              logSumExps  = log sum_c exp(x'_c)
 * topIds    = the topK greatest logits' classes               topLogProbs = log p_c of each
 * ```
 *
 * Ranks and top classes are exact: they compare the f32 logits before the softcap; of equal logits the lower class comes first.
 * They do not need a distribution: a row with +inf has ranks, top classes and an infinite log-sum-exp, but NaN log-probabilities.
 * A row with NaN has none of these.
 *
 * A sequence is a run of rows along the last axis before the classes: `[batch, length, vocabulary]` has `batch` sequences,
 * `[length, vocabulary]` and logits without a shape have one. `shift: 1` scores row i against token i + 1 of its sequence. The
 * totals come from exact sums: {@link mergeScores} merges the totals of parts, with the same bits however a text was cut. With
 * `documents` they also have standard errors that take documents, and not tokens, as independent.
 *
 * @param logits - Rows of unnormalised scores: a flat array, row-major, or a tensor object. Read in place or copied as in
 * {@link crossEntropy}; never changed.
 * @param targets - One token id per row.
 * @param options - See {@link ScoreTokensOptions}.
 * @returns {@link TokenScores}, in nats, with {@link ScoreTotals} as `totals`.
 * @throws TypeError for an argument or option of a wrong type, or an unknown option; RangeError for a target that is neither a
 * class nor `ignoreIndex`, a length or shape that does not match, an id outside `tokenBytes`, or an option out of its range.
 *
 * Accuracy (test/accuracy/losses.test.ts, test/scoring/score-tokens.test.ts): logProbs are crossEntropy's losses in f64;
 * logSumExps are those of {@link logSumExp}. Entropies are within 5e-7 of the f64 result, mostly from the rounding to f32; where
 * thousands of classes share one logit within 1e-6, in the plain build 2e-6. Tiny entropies keep a relative error of 3e-7, in the
 * plain build 4.5e-6.
 * Source: EleutherAI, lm-evaluation-harness, `loglikelihood` (sequences); llama.cpp, tools/perplexity (standard error); Miller
 * 2024, arXiv:2411.00640 (clustered standard error).
 *
 * @example
 * ```ts
 * import { scoreTokens } from "wasm-cross-entropy";
 *
 * const logits = new Float32Array([2, 1, 0.5, 0.5, 2.5, 2.5]);
 * const { logProbs, ranks, topIds, sequences, totals } = scoreTokens(logits, [0, 2], { topK: 2, tokenBytes: [3, 1, 2] });
 * logProbs; // => [-0.4643688, -0.7586237]
 * ranks; // => [1, 2]
 * topIds; // => [0, 1, 1, 2]
 * sequences.logProbs; // => [-1.2229925]
 * totals.perplexity; // => 1.8431872
 * totals.bitsPerByte; // => 0.352881
 * totals.accuracy; // => 0.5
 * ```
 */
export function scoreTokens(logits: FloatTensor, targets: IndexTargets, options?: ScoreTokensOptions): TokenScores {
  return runDefault(scoreTokensTask(logits, targets, options));
}

/** The checked job of a scoreTokens call. */
export function scoreTokensTask(logits: FloatTensor, targets: IndexTargets, options?: ScoreTokensOptions): Task<TokenScores> {
  const given: Partial<ScoreTokensOptions> = checkOptions<TokenRowsOptions, Omit<ScoreTokensOptions, keyof TokenRowsOptions>>(
    options,
    TOKEN_ROWS_OPTIONS,
    SCORE_OPTIONS,
  );
  const rows = tokenRows("logits", logits, targets, given);
  const topK = topOption(given.topK, rows.layout.classes);
  const bytes = bytesOfTargets(rows, given.tokenBytes);
  const out = newColumns(rows.layout.rows, topK);
  const job: ScoreJob = { ...jobRows(rows), topK, out };
  return taskOf(scoreKind, job, () => tokenScores(rows, out, bytes));
}

/** The arrays that the rows' scores are written to. */
export interface ScoreColumns {
  readonly losses: NewFloat64Array;
  readonly ranks: NewInt32Array;
  readonly entropies: NewFloat32Array;
  readonly logSumExps: NewFloat32Array;
  readonly topIds: NewInt32Array | null;
  readonly topLogProbs: NewFloat32Array | null;
}

export function newColumns(count: number, topK: number): ScoreColumns {
  return {
    losses: new Float64Array(count),
    ranks: new Int32Array(count),
    entropies: new Float32Array(count),
    logSumExps: new Float32Array(count),
    topIds: topK > 0 ? new Int32Array(count * topK) : null,
    topLogProbs: topK > 0 ? new Float32Array(count * topK) : null,
  };
}

/** @throws TypeError when `topK` is not a number, RangeError when the rows do not have that many classes. */
export function topOption(value: unknown, classes: number): number {
  const topK = numberOption("topK", value, integer, 0);
  const most = Math.min(MOST_TOP, classes);
  if (topK < 0 || topK > most) throw wrongValue("options.topK", `an integer in [0, ${most}]`, topK);
  return topK;
}

/** Bytes of each row's target, 0 for ignored rows. */
export function bytesOfTargets(
  { targets, ignoreIndex }: Pick<TokenRows, "targets" | "ignoreIndex">,
  value: unknown,
): number[] | undefined {
  if (value === undefined) return undefined;
  const table = checkIntegers("options.tokenBytes", value);
  return Array.from(targets, (_, index) => bytesOfTarget(targets, index, table, ignoreIndex));
}

/** The scores, once the columns are filled. */
export function tokenScores(
  { sequences, kept, owners }: Pick<TokenRows, "sequences" | "kept" | "owners">,
  { losses, ranks, entropies, logSumExps, topIds, topLogProbs }: ScoreColumns,
  bytes: readonly number[] | undefined,
): TokenScores {
  const logProbs = new Float64Array(losses.length);
  const isGreedy = new Uint8Array(losses.length);
  for (let row = 0; row < losses.length; row++) {
    // 0 - loss, not -loss: a loss of 0 gives the log-probability 0 instead of -0
    logProbs[row] = 0 - losses[row];
    isGreedy[row] = ranks[row] === 1 ? 1 : 0;
  }
  const state = emptyScores({ bytes: bytes !== undefined, documents: owners !== undefined });
  addScores(state, { nats: losses, greedy: isGreedy, kept, bytes, owners });
  return {
    ...{ logProbs, ranks, isGreedy, entropies, logSumExps },
    ...(topIds && topLogProbs && { topIds, topLogProbs }),
    sequences: sequenceScores(sequences, { logProbs, isGreedy, kept, bytes }),
    totals: totalsOf(state),
  };
}

import type { FloatData, IntegerData } from "../arguments/types.js";
import { wrongType, wrongUse } from "../errors.js";
import { fieldOf } from "../values.js";
import { BatchSum } from "./batch-sum.js";
import { canonicalSum, type ExactSum, emptySum, mergeExact, roundExact, scatter } from "./exact-sum.js";
import { exp } from "./exp.js";
import { byteCount, checkIntegers, checkLength, checkNats, lossAt } from "./token-table.js";

/**
 * Totals of scored tokens.
 *
 * Every kept token counts in `tokens`, `nats`, `perplexity`, `bitsPerToken` and `accuracy`, also special tokens: the model had to
 * predict them. For `bitsPerByte`, tokens of 0 bytes count neither nats nor bytes, because they are not text (nanochat's rule).
 * With such tokens, `bitsPerByte` is therefore less than `nats / (ln 2 x bytes)`.
 */
export interface ScoreTotals {
  /** Tokens scored, without ignored ones. */
  tokens: number;
  /** Tokens with a NaN loss: their row has NaN or +inf, or only -inf. A single one makes every total of losses NaN. */
  nanTokens: number;
  /** Tokens with an infinite loss: the target's logit is -inf. */
  infiniteTokens: number;
  /** Bytes of the scored text; absent without `tokenBytes`. */
  bytes?: number;
  /** Sum of the losses, in nats. */
  nats: number;
  /** e^(nats / tokens). */
  perplexity: number;
  /** Standard error of the perplexity: e^mean x sqrt(var / (tokens - 1)), with the population variance of the losses. */
  perplexityStderr: number;
  /** Mean loss in bits: nats / tokens / ln 2. */
  bitsPerToken: number;
  /** Loss in bits of the tokens that have bytes, divided by those bytes; Infinity for 0 bytes. Absent without `tokenBytes`. */
  bitsPerByte?: number;
  /** Fraction of tokens whose target has the greatest logit. A token with a NaN loss counts as a miss. */
  accuracy: number;
  /** Standard error of the accuracy: sqrt(accuracy x (1 - accuracy) / (tokens - 1)). */
  accuracyStderr: number;
  /** The state behind the totals, for `mergeScores`: plain data that JSON preserves bit for bit. */
  sums: ScoreState;
}

/**
 * The state of a scoring run: plain data that JSON preserves bit for bit. Parts scored separately (on threads or machines, or
 * before and after an interruption) merge to the totals of one run in any order, bit for bit.
 */
export interface ScoreState {
  tokens: number;
  /** Tokens whose target had the greatest logit. */
  correct: number;
  nats: ExactSum;
  /** Sum of the squared losses. */
  squares: ExactSum;
  /** Totals of the tokens that have bytes; absent when bytes are unknown. */
  text?: { bytes: number; nats: ExactSum };
}

/** Scores of a run of tokens: arrays of the same length. */
export interface TokenScores {
  /** One loss per token, in nats. */
  readonly nats: FloatData;
  /** 1 where the target has the greatest logit of its row, else 0. */
  readonly greedy: IntegerData;
  /** 0 where the token is ignored. If absent, every token counts. */
  readonly kept?: IntegerData | undefined;
  /** Bytes of each token's text: required if the state counts bytes, not allowed otherwise. */
  readonly bytes?: IntegerData | undefined;
}

/**
 * Returns an empty state.
 * @param options `bytes: true` if each token's bytes will be given
 */
export function emptyScores(options: { readonly bytes?: boolean | undefined } = {}): ScoreState {
  const state: ScoreState = { tokens: 0, correct: 0, nats: emptySum(), squares: emptySum() };
  if (options.bytes === true) state.text = { bytes: 0, nats: emptySum() };
  return state;
}

/**
 * Adds tokens to `state`. If it throws, `state` is unchanged.
 * @throws TypeError when an array is missing, superfluous or of a wrong type
 * @throws RangeError when lengths differ, a loss is -Infinity or a number of bytes is negative or fractional
 */
export function addScores(state: ScoreState, scores: TokenScores): void {
  const checked = checkScores(state, scores);
  const { nats, greedy, kept } = checked;
  const bytes = fieldOf(checked, "bytes");
  const text = fieldOf(state, "text");
  const sum = new BatchSum(state.nats);
  const squares = new BatchSum(state.squares);
  const textSum = text && new BatchSum(text.nats);
  for (let index = 0; index < nats.length; index++) {
    if (kept !== undefined && Number(kept[index]) === 0) continue;
    const loss = nats[index];
    state.tokens++;
    if (Number(greedy[index]) !== 0 && !Number.isNaN(loss)) state.correct++;
    sum.add(loss);
    squares.addSquare(loss);
    const count = bytes === undefined ? 0 : Number(bytes[index]);
    if (text === undefined || textSum === undefined || count === 0) continue;
    text.bytes += count;
    textSum.add(loss);
  }
  sum.flush();
  squares.flush();
  textSum?.flush();
}

/**
 * Returns the state of both parts together; changes neither. The totals have the same bits for any order of joins.
 * @throws TypeError when only one of the parts has bytes
 */
export function joinScores(a: ScoreState, b: ScoreState): ScoreState {
  const merged: ScoreState = {
    tokens: a.tokens + b.tokens,
    correct: a.correct + b.correct,
    nats: mergeExact(a.nats, b.nats),
    squares: mergeExact(a.squares, b.squares),
  };
  const [aText, bText] = [fieldOf(a, "text"), fieldOf(b, "text")];
  if ((aText === undefined) !== (bText === undefined)) {
    throw wrongUse("mergeScores", "all parts with bytes or all without", "some of each");
  }
  if (aText !== undefined && bText !== undefined) {
    merged.text = { bytes: aText.bytes + bText.bytes, nats: mergeExact(aText.nats, bText.nats) };
  }
  return merged;
}

/**
 * Computes the totals of a state in f64 from its exact sums, each of which is rounded once. Without tokens every mean is NaN;
 * with one token the standard errors are NaN; a NaN loss makes everything NaN but the counts and the accuracy.
 *
 * Losses of 1, 2 and 3 nats give a perplexity of e^2 = 7.3890561 with a standard error of e^2 / sqrt(3) = 4.2660735.
 */
export function totalsOf(state: ScoreState): ScoreTotals {
  const { tokens } = state;
  const text = fieldOf(state, "text");
  const nats = roundExact(state.nats);
  const mean = nats / tokens;
  const perplexity = exp(mean);
  // scatter = n^2 var; divided step by step, because n^2 (n - 1) could round
  const variance = scatter(tokens, state.nats, state.squares) / tokens / tokens;
  const accuracy = state.correct / tokens;
  return {
    tokens,
    nanTokens: state.nats.nan,
    infiniteTokens: state.nats.infinite,
    ...(text && { bytes: text.bytes }),
    nats,
    perplexity,
    perplexityStderr: perplexity * Math.sqrt(variance / (tokens - 1)),
    bitsPerToken: mean / Math.LN2,
    ...(text && { bitsPerByte: bitsPerTextByte(text) }),
    accuracy,
    accuracyStderr: shareStderr(accuracy, tokens),
    sums: canonicalScores(state),
  };
}

/** Returns the same state for the same tokens, however they were cut and merged. */
function canonicalScores(given: ScoreState): ScoreState {
  const { text: _, ...state } = given;
  const text = fieldOf(given, "text");
  return {
    ...state,
    nats: canonicalSum(state.nats),
    squares: canonicalSum(state.squares),
    ...(text && { text: { bytes: text.bytes, nats: canonicalSum(text.nats) } }),
  };
}

/** Standard error of a fraction: sqrt(p (1 - p) / (n - 1)). */
export function shareStderr(share: number, count: number): number {
  return Math.sqrt((share * (1 - share)) / (count - 1));
}

function bitsPerTextByte({ bytes, nats }: NonNullable<ScoreState["text"]>): number {
  return bytes === 0 ? Number.POSITIVE_INFINITY : roundExact(nats) / (Math.LN2 * bytes);
}

function checkScores(state: ScoreState, scores: TokenScores): TokenScores {
  const nats = checkNats("nats", scores.nats);
  const greedy = checkIntegers("greedy", scores.greedy);
  checkLength("greedy", greedy.length, "nats", nats.length);
  const kept = scores.kept === undefined ? undefined : checkIntegers("kept", scores.kept);
  if (kept !== undefined) checkLength("kept", kept.length, "nats", nats.length);
  const given = fieldOf(scores, "bytes");
  const text = fieldOf(state, "text");
  if ((given === undefined) !== (text === undefined)) {
    const expected = text === undefined ? "none, as the state was begun without them" : "one entry a token";
    throw wrongType("bytes", expected, given);
  }
  const bytes = given === undefined ? undefined : checkIntegers("bytes", given);
  if (bytes !== undefined) checkLength("bytes", bytes.length, "nats", nats.length);
  for (let index = 0; index < nats.length; index++) {
    lossAt("nats", nats, index);
    if (bytes !== undefined) byteCount("bytes", bytes, index);
  }
  return { nats, greedy, ...(kept && { kept }), ...(bytes && { bytes }) };
}

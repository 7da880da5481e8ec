import type { FloatData, IntegerData } from "../arguments/types.js";
import { wrongType, wrongUse } from "../errors.js";
import { BatchSum } from "./batch-sum.js";
import { canonicalDocuments, clusteredStderr, DocumentCollector, type DocumentSums, mergeDocuments } from "./document-sums.js";
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
  /** Number of documents that have scored tokens; absent without the option `documents`. */
  documents?: number;
  /** e^(nats / tokens). */
  perplexity: number;
  /** Standard error of the perplexity: e^mean x sqrt(var / (tokens - 1)), with the population variance of the losses. */
  perplexityStderr: number;
  /**
   * Standard error of the perplexity if only documents are independent, and the tokens of one need not be:
   * e^mean x sqrt(D / (D - 1) sum_d (L_d - n_d mean)^2) / tokens, with the loss L_d and the n_d tokens of each of D documents
   * (arXiv:2411.00640). NaN for one document. Absent without the option `documents`.
   */
  perplexityClusteredStderr?: number;
  /** Mean loss in bits: nats / tokens / ln 2. */
  bitsPerToken: number;
  /** Loss in bits of the tokens that have bytes, divided by those bytes; Infinity for 0 bytes. Absent without `tokenBytes`. */
  bitsPerByte?: number;
  /**
   * Standard error of `bitsPerByte` if only documents are independent: the same formula with bits of loss and bytes instead of nats
   * and tokens, over documents that have bytes. Absent without `tokenBytes` and `documents`.
   */
  bitsPerByteClusteredStderr?: number;
  /**
   * Fraction of tokens whose target has the greatest logit. A token with a NaN loss counts as a miss. NaN if that is not known of
   * every token, as from log-probabilities alone.
   */
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
  /** Tokens whose target had the greatest logit; null if that is not known of every token. */
  correct: number | null;
  nats: ExactSum;
  /** Sum of the squared losses. */
  squares: ExactSum;
  /** Totals of the tokens that have bytes; absent when bytes are unknown. */
  text?: { bytes: number; nats: ExactSum } | undefined;
  /** Losses and tokens per document, and losses and bytes of its tokens that have bytes; absent when documents are unknown. */
  documents?: { nats: DocumentSums; text?: DocumentSums | undefined } | undefined;
}

/** Scores of a run of tokens: arrays of the same length. */
export interface TokenScores {
  /** One loss per token, in nats. */
  readonly nats: FloatData;
  /** 1 where the target has the greatest logit of its row, else 0. If absent, nobody knows. */
  readonly greedy?: IntegerData | undefined;
  /** 0 where the token is ignored. If absent, every token counts. */
  readonly kept?: IntegerData | undefined;
  /** Bytes of each token's text: required if the state counts bytes, not allowed otherwise. */
  readonly bytes?: IntegerData | undefined;
  /** The document of each token, a safe integer: required if the state has documents, not allowed otherwise. */
  readonly owners?: Float64Array | undefined;
}

/**
 * Returns an empty state.
 * @param options `bytes: true` if each token's bytes will be given, `documents: true` if its document will
 */
export function emptyScores(
  options: { readonly bytes?: boolean | undefined; readonly documents?: boolean | undefined } = {},
): ScoreState {
  const hasBytes = options.bytes === true;
  // own members even if undefined: Object.prototype may have members of these names
  return {
    ...{ tokens: 0, correct: 0, nats: emptySum(), squares: emptySum() },
    text: hasBytes ? { bytes: 0, nats: emptySum() } : undefined,
    documents: options.documents === true ? { nats: [], text: hasBytes ? [] : undefined } : undefined,
  };
}

/**
 * Adds tokens to `state`. If it throws, `state` is unchanged.
 * @throws TypeError when an array is missing, superfluous or of a wrong type
 * @throws RangeError when lengths differ, a loss is -Infinity or a number of bytes is negative or fractional
 */
export function addScores(state: ScoreState, scores: TokenScores): void {
  const { nats, greedy, kept, bytes, owners } = checkScores(state, scores);
  const sum = new BatchSum(state.nats);
  const squares = new BatchSum(state.squares);
  const textSum = state.text && new BatchSum(state.text.nats);
  const documents = new DocumentCollector();
  const textDocuments = new DocumentCollector();
  for (let index = 0; index < nats.length; index++) {
    if (kept !== undefined && Number(kept[index]) === 0) continue;
    const loss = nats[index];
    state.tokens++;
    if (greedy === undefined) state.correct = null;
    else if (state.correct !== null && Number(greedy[index]) !== 0 && !Number.isNaN(loss)) state.correct++;
    sum.add(loss);
    squares.addSquare(loss);
    if (owners !== undefined) documents.add(owners[index], 1, loss);
    const count = bytes === undefined ? 0 : Number(bytes[index]);
    if (state.text === undefined || textSum === undefined || count === 0) continue;
    state.text.bytes += count;
    textSum.add(loss);
    if (owners !== undefined) textDocuments.add(owners[index], count, loss);
  }
  sum.flush();
  squares.flush();
  textSum?.flush();
  if (state.documents) state.documents = joinDocuments(state.documents, { nats: documents.sums(), text: textDocuments.sums() });
}

/**
 * Returns the state of both parts together; changes neither. The totals have the same bits for any order of joins.
 * @throws TypeError when only one of the parts has bytes, or documents
 */
export function joinScores(a: ScoreState, b: ScoreState): ScoreState {
  checkMixture("mergeScores", "bytes", a.text, b.text);
  checkMixture("mergeScores", "documents", a.documents, b.documents);
  return {
    tokens: a.tokens + b.tokens,
    correct: a.correct === null || b.correct === null ? null : a.correct + b.correct,
    nats: mergeExact(a.nats, b.nats),
    squares: mergeExact(a.squares, b.squares),
    text: a.text && b.text && { bytes: a.text.bytes + b.text.bytes, nats: mergeExact(a.text.nats, b.text.nats) },
    documents: a.documents && b.documents && joinDocuments(a.documents, b.documents),
  };
}

type ScoreDocuments = NonNullable<ScoreState["documents"]>;

/** The text of `b` counts if `a` has text too. */
function joinDocuments(a: ScoreDocuments, b: ScoreDocuments): ScoreDocuments {
  return { nats: mergeDocuments(a.nats, b.nats), text: a.text && mergeDocuments(a.text, b.text ?? []) };
}

/** @throws TypeError when one part has what the other lacks */
export function checkMixture(name: string, what: "bytes" | "documents", a: unknown, b: unknown): void {
  if ((a === undefined) === (b === undefined)) return;
  throw wrongUse(name, `all parts with ${what} or all without`, "some of each");
}

/**
 * Computes the totals of a state in f64 from its exact sums, each of which is rounded once. Without tokens every mean is NaN;
 * with one token the standard errors are NaN; a NaN loss makes everything NaN but the counts and the accuracy.
 *
 * Losses of 1, 2 and 3 nats give a perplexity of e^2 = 7.3890561 with a standard error of e^2 / sqrt(3) = 4.2660735.
 */
export function totalsOf(state: ScoreState): ScoreTotals {
  const { tokens, documents } = state;
  const nats = roundExact(state.nats);
  const mean = nats / tokens;
  const perplexity = exp(mean);
  // scatter = n^2 var; divided step by step, because n^2 (n - 1) could round
  const variance = scatter(tokens, state.nats, state.squares) / tokens / tokens;
  const accuracy = state.correct === null ? Number.NaN : state.correct / tokens;
  return {
    tokens,
    nanTokens: state.nats.nan,
    infiniteTokens: state.nats.infinite,
    ...(state.text && { bytes: state.text.bytes }),
    ...(documents && { documents: documents.nats.length }),
    nats,
    perplexity,
    perplexityStderr: perplexity * Math.sqrt(variance / (tokens - 1)),
    ...(documents && { perplexityClusteredStderr: perplexity * clusteredStderr(documents.nats) }),
    bitsPerToken: mean / Math.LN2,
    ...(state.text && { bitsPerByte: bitsPerTextByte(state.text) }),
    ...(documents?.text && { bitsPerByteClusteredStderr: clusteredStderr(documents.text) / Math.LN2 }),
    accuracy,
    accuracyStderr: shareStderr(accuracy, tokens),
    sums: canonicalScores(state),
  };
}

/** Returns the same state for the same tokens, however they were cut and merged. */
function canonicalScores({ text, documents, ...state }: ScoreState): ScoreState {
  return {
    ...state,
    nats: canonicalSum(state.nats),
    squares: canonicalSum(state.squares),
    ...(text && { text: { bytes: text.bytes, nats: canonicalSum(text.nats) } }),
    ...(documents && {
      documents: {
        nats: canonicalDocuments(documents.nats),
        ...(documents.text && { text: canonicalDocuments(documents.text) }),
      },
    }),
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
  const greedy = scores.greedy === undefined ? undefined : checkIntegers("greedy", scores.greedy);
  if (greedy !== undefined) checkLength("greedy", greedy.length, "nats", nats.length);
  const kept = scores.kept === undefined ? undefined : checkIntegers("kept", scores.kept);
  if (kept !== undefined) checkLength("kept", kept.length, "nats", nats.length);
  const { owners } = scores;
  for (const [name, given, begun] of [
    ["bytes", scores.bytes, state.text],
    ["owners", owners, state.documents],
  ] as const) {
    if ((given === undefined) === (begun === undefined)) continue;
    throw wrongType(name, begun === undefined ? "none, as the state was begun without them" : "one entry a token", given);
  }
  const bytes = scores.bytes === undefined ? undefined : checkIntegers("bytes", scores.bytes);
  if (bytes !== undefined) checkLength("bytes", bytes.length, "nats", nats.length);
  for (let index = 0; index < nats.length; index++) {
    lossAt("nats", nats, index);
    if (bytes !== undefined) byteCount("bytes", bytes, index);
  }
  return { nats, greedy, kept, bytes, owners };
}

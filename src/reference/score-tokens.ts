/** Scores of tokens, and the choice among answers. */

import { keptClass, type Row, settingsOf } from "./cross-entropy-rows.js";
import { negativeLogProbability } from "./log-sum-exp.js";
import { type ScoredRowsOptions, scoredRows } from "./scored-rows.js";
import { clusteredError, mean, meanError, shareError } from "./statistics.js";
import { indexData } from "./targets.js";
import {
  type FloatData,
  type FloatTensor,
  type IndexTargets,
  type IntegerData,
  type IntegerTensor,
  type NewFloat64Array,
  type NewInt32Array,
  type NewUint8Array,
  readRow,
} from "./tensor.js";

export interface ScoreTokensOptions extends ScoredRowsOptions {
  readonly topK?: number | undefined;
  readonly tokenBytes?: IntegerTensor | undefined;
}

export interface TokenScores {
  readonly logProbs: NewFloat64Array;
  readonly ranks: NewInt32Array;
  readonly isGreedy: NewUint8Array;
  readonly entropies: NewFloat64Array;
  readonly logSumExps: NewFloat64Array;
  readonly topIds: NewInt32Array;
  readonly topLogProbs: NewFloat64Array;
  readonly sequences: {
    readonly logProbs: NewFloat64Array;
    readonly isGreedy: NewUint8Array;
    readonly tokens: NewInt32Array;
    readonly bytes: NewInt32Array;
  };
  readonly totals: ScoreTotals;
}

export interface ScoreTotals {
  readonly tokens: number;
  readonly nanTokens: number;
  readonly infiniteTokens: number;
  readonly bytes: number;
  readonly nats: number;
  readonly perplexity: number;
  readonly perplexityStderr: number;
  readonly bitsPerToken: number;
  readonly bitsPerByte: number;
  readonly accuracy: number;
  readonly accuracyStderr: number;
  /** With documents: their number, and the standard errors that take documents as independent and not the tokens within one. */
  readonly documents?: number;
  readonly perplexityClusteredStderr?: number;
  readonly bitsPerByteClusteredStderr?: number;
}

/**
 * Per row: log-probability and rank of the target (1 is the greatest logit, equal ones in the order of their classes), whether
 * that rank is 1, the entropy, the log-sum-exp and the topK greatest logits. Also totals, and sums over sequences, which run
 * along the last axis other than that of the classes.
 *
 * An ignored row is NaN with rank 0 and top classes -1, and so is a row with NaN. A row with +inf, or of -inf only, has ranks and
 * a log-sum-exp but no log-probabilities. A token with a NaN loss is not a hit. Bytes are 0 without `tokenBytes`.
 *
 * Sources: EleutherAI, lm-evaluation-harness (sequences); llama.cpp, tools/perplexity (errors); Karpathy, nanochat (bits per
 * byte).
 *
 * @throws RangeError for a class or an axis out of range.
 *
 * @example
 * scoreTokens([3, 3, 0, 1], 1).ranks; // => [2]
 */
export function scoreTokens(logits: FloatTensor, targets: IndexTargets, options: ScoreTokensOptions = {}): TokenScores {
  const { rows, indices, length, owners } = scoredRows(logits, targets, options);
  const settings = settingsOf(rows, options);
  const { topK = 0, tokenBytes } = options;
  const byteTable = tokenBytes && indexData(tokenBytes);
  const { count, classes } = rows;
  const floats = (size: number): NewFloat64Array => new Float64Array(size).fill(Number.NaN);
  const columns = {
    logProbs: floats(count),
    ranks: new Int32Array(count),
    isGreedy: new Uint8Array(count),
    entropies: floats(count),
    logSumExps: floats(count),
    topIds: new Int32Array(count * topK).fill(-1),
    topLogProbs: floats(count * topK),
  };
  const bytes = new Int32Array(count);
  const kept: number[] = [];
  for (let index = 0; index < count; index++) {
    const target = keptClass(indices, index, classes, settings);
    if (target === undefined) continue;
    kept.push(index);
    bytes[index] = Number(byteTable?.[target] ?? 0);
    const raw = readRow(rows, index);
    if (raw.some(Number.isNaN)) continue;
    const row = settings.read(index);
    const rank = raw.reduce((place, x, c) => place + Number(x > raw[target] || (x === raw[target] && c < target)), 1);
    columns.logProbs[index] = logProb(row, target);
    columns.ranks[index] = rank;
    columns.isGreedy[index] = rank === 1 ? 1 : 0;
    columns.entropies[index] = entropyOf(row);
    columns.logSumExps[index] = row.lse;
    const order = topK === 0 ? [] : Array.from(raw.keys()).sort((a, b) => compare(raw[b], raw[a]) || a - b);
    for (let place = 0; place < topK; place++) {
      const c = order[place];
      columns.topIds[index * topK + place] = c;
      columns.topLogProbs[index * topK + place] = logProb(row, c);
    }
  }
  return { ...columns, sequences: sumSequences(columns, bytes, kept, length), totals: totalsOf(columns, bytes, kept, owners) };
}

/** sum_c p_c (lse - x_c): no term is negative, so nothing cancels. */
function entropyOf(row: Row): number {
  return row.x.reduce((sum, value) => {
    const nats = negativeLogProbability(row, value);
    return sum + (nats === Number.POSITIVE_INFINITY ? 0 : Math.exp(-nats) * nats);
  }, 0);
}

function logProb(row: Row, c: number): number {
  return 0 - negativeLogProbability(row, row.x[c]);
}

/** Compares without a - b, which is NaN for equal infinities. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function sumSequences(
  { logProbs, isGreedy }: Pick<TokenScores, "logProbs" | "isGreedy">,
  bytes: Int32Array,
  kept: readonly number[],
  length: number,
): TokenScores["sequences"] {
  const count = length === 0 ? 0 : logProbs.length / length;
  const sums = {
    logProbs: new Float64Array(count),
    isGreedy: new Uint8Array(count).fill(1),
    tokens: new Int32Array(count),
    bytes: new Int32Array(count),
  };
  for (const row of kept) {
    const s = Math.floor(row / length);
    sums.logProbs[s] = sums.logProbs[s] + logProbs[row];
    sums.isGreedy[s] = sums.isGreedy[s] & isGreedy[row];
    sums.tokens[s] = sums.tokens[s] + 1;
    sums.bytes[s] = sums.bytes[s] + bytes[row];
  }
  return sums;
}

/** Totals of the rows in `kept`. Without `isGreedy` the accuracy is NaN. */
export function totalsOf(
  { logProbs, isGreedy }: { readonly logProbs: Float64Array; readonly isGreedy?: Uint8Array | undefined },
  bytesOf: Int32Array,
  kept: readonly number[],
  owners: ((row: number) => number) | undefined,
): ScoreTotals {
  const losses = kept.map((row) => 0 - logProbs[row]);
  const withText = kept.filter((row) => bytesOf[row] !== 0);
  const bytes = withText.reduce((sum, row) => sum + bytesOf[row], 0);
  const textNats = withText.reduce((sum, row) => sum - logProbs[row], 0);
  const hits = kept.filter((row) => isGreedy?.[row] === 1 && !Number.isNaN(logProbs[row]));
  const accuracy = isGreedy ? hits.length / kept.length : Number.NaN;
  const perplexity = Math.exp(mean(losses));
  return {
    tokens: kept.length,
    nanTokens: losses.filter(Number.isNaN).length,
    infiniteTokens: losses.filter((loss) => loss === Number.POSITIVE_INFINITY).length,
    bytes,
    nats: losses.reduce((sum, loss) => sum + loss, 0),
    perplexity,
    perplexityStderr: perplexity * meanError(losses),
    bitsPerToken: mean(losses) / Math.LN2,
    bitsPerByte: bytes === 0 ? Number.POSITIVE_INFINITY : textNats / (bytes * Math.LN2),
    accuracy,
    accuracyStderr: shareError(accuracy, kept.length),
    ...(owners &&
      clusteredErrors(
        perplexity,
        losses,
        kept.map((row) => bytesOf[row]),
        kept.map(owners),
      )),
  };
}

function clusteredErrors(
  perplexity: number,
  losses: readonly number[],
  bytes: readonly number[],
  owners: readonly number[],
): Pick<ScoreTotals, "documents" | "perplexityClusteredStderr" | "bitsPerByteClusteredStderr"> {
  const ones = losses.map(() => 1);
  return {
    documents: new Set(owners).size,
    perplexityClusteredStderr: perplexity * clusteredError(losses, ones, owners),
    bitsPerByteClusteredStderr: clusteredError(losses, bytes, owners) / Math.LN2,
  };
}

/**
 * The answer with the greatest sum of log-probabilities, per byte, per character, and less the sum without the question; the first
 * of equals, -1 if all are NaN.
 * Source: EleutherAI, lm-evaluation-harness, `process_results` of output type `multiple_choice`.
 *
 * @example
 * multipleChoice({ logProbs: [-4, -6.5], bytes: [2, 13] }).choicePerByte; // => 1
 */
export function multipleChoice(answers: {
  readonly logProbs: FloatData;
  readonly bytes?: IntegerData | undefined;
  readonly characters?: IntegerData | undefined;
  readonly unconditionalLogProbs?: FloatData | undefined;
}): {
  readonly choice: number;
  readonly choicePerByte?: number;
  readonly choicePerCharacter?: number;
  readonly choiceByMutualInfo?: number;
} {
  const { logProbs, bytes, characters, unconditionalLogProbs: alone } = answers;
  const sums = Array.from(logProbs, Number);
  const best = (values: readonly number[]): number => {
    const numbers = values.filter((value) => !Number.isNaN(value));
    return numbers.length === 0 ? -1 : values.indexOf(Math.max(...numbers));
  };
  const bestPer = (lengths: IntegerData) => best(sums.map((sum, index) => sum / Number(lengths[index])));
  return {
    choice: best(sums),
    ...(bytes && { choicePerByte: bestPer(bytes) }),
    ...(characters && { choicePerCharacter: bestPer(characters) }),
    ...(alone && { choiceByMutualInfo: best(sums.map((sum, index) => sum - Number(alone[index]))) }),
  };
}

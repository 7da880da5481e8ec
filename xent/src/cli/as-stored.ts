import { compareLogProbs, type FloatTensor, type LogitsComparison, scoreLogProbs, type TokenScores } from "wasm-cross-entropy";
import { IGNORED } from "./stream/target-rows.js";

/** Rows of llama.cpp's logits files are log-probabilities as they were stored: they are not normalised again. */

interface StoredBatch {
  readonly classes: number;
  readonly logits: readonly FloatTensor[];
  readonly targets: Int32Array;
  readonly documents?: Float64Array | undefined;
  readonly tokenBytes: Int32Array | undefined;
  readonly topK: number;
}

/** The scores of stored rows: ranks are the engine's, log-probabilities those in the file, entropies -sum p log p of these. */
export function asStored(scores: TokenScores, batch: StoredBatch): TokenScores {
  const { classes, logits, targets, documents, tokenBytes, topK } = batch;
  const stored = logits[0] as Float32Array;
  const columns = stored.length / targets.length;
  const at = (row: number, id: number) => Math.min(0, stored[row * columns + id] ?? Number.NaN);
  const logProbs = Float64Array.from(targets, (target, row) => (target === IGNORED ? Number.NaN : at(row, target)));
  const entropies = scores.entropies.map((entropy, row) => {
    // the entropy of the normalised probabilities p / s, whose log s is the row's log-sum-exp
    const logSum = scores.logSumExps[row] as number;
    return Math.exp(logSum) * (entropy - logSum);
  });
  const topLogProbs = scores.topIds && Float32Array.from(scores.topIds, (id, index) => at(Math.floor(index / topK), id));
  const { totals } = scoreLogProbs(logProbs, {
    isGreedy: scores.isGreedy,
    ...(documents && { documents: Array.from(documents) }),
    ...(tokenBytes && { tokenBytes: Array.from(targets, (target) => (target === IGNORED ? 0 : (tokenBytes[target] ?? 0))) }),
  });
  if (columns < classes) throw new RangeError(`rows: expected at least ${classes} columns, got ${columns}`);
  return { ...scores, logProbs, entropies, ...(topLogProbs && { topLogProbs }), totals };
}

/** Rows in memory; `columns` apart. */
interface Rows<Values> {
  readonly values: Values;
  readonly columns: number;
}

/** llama.cpp leaves out classes that the base gives no more than this log-probability. */
const LEAST_LOG_PROB = -16;

/**
 * The comparison with stored rows as llama.cpp defines it: log p as stored, log q the log-softmax of the other's logits,
 * KL = sum over the classes with log p > -16 of p (log p - log q).
 */
export function againstStored(
  compared: LogitsComparison,
  base: Rows<Float32Array>,
  other: Rows<Float32Array | Float64Array>,
  { classes, targets, documents }: Pick<StoredBatch, "classes" | "targets" | "documents">,
): LogitsComparison {
  const klDivergences = new Float64Array(targets.length).fill(Number.NaN);
  const baseLogProbs = new Float64Array(targets.length).fill(Number.NaN);
  for (const [row, target] of targets.entries()) {
    if (target === IGNORED) continue;
    const stored = base.values.subarray(row * base.columns, row * base.columns + classes);
    const logits = other.values.subarray(row * other.columns, row * other.columns + classes);
    baseLogProbs[row] = Math.min(0, stored[target] as number);
    const logSum = logSumExp(logits);
    let kl = 0;
    for (let c = 0; c < classes; c++) {
      const logProb = stored[c] as number;
      if (logProb > LEAST_LOG_PROB) kl += Math.exp(logProb) * (logProb - (logits[c] as number) + logSum);
    }
    klDivergences[row] = kl;
  }
  const { otherLogProbs, sameTop } = compared;
  const columns = { klDivergences, baseLogProbs, otherLogProbs, sameTop };
  const { totals } = compareLogProbs(columns, documents === undefined ? {} : { documents: Array.from(documents) });
  return { ...columns, totals };
}

function logSumExp(logits: Float32Array | Float64Array): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const x of logits) if (x > most) most = x;
  let sum = 0;
  for (const x of logits) sum += Math.exp(x - most);
  return most + Math.log(sum);
}

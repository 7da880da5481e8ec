/** Totals of log-probabilities that are there already. */
import { type ScoreTotals, totalsOf } from "./score-tokens.js";
import { indexData } from "./targets.js";
import type { IntegerTensor } from "./tensor.js";

export interface ScoreLogProbsOptions {
  readonly documents?: IntegerTensor | undefined;
  readonly tokenBytes?: IntegerTensor | undefined;
  readonly isGreedy?: IntegerTensor | undefined;
}

/**
 * The totals of scoreTokens. null and NaN are tokens without a log-probability, which count nowhere; values in (0, 1e-4] are 0 up to
 * rounding.
 *
 * @throws RangeError for a log-probability above 1e-4.
 *
 * @example
 * scoreLogProbs([null, -1, -3]).totals.nats; // => 4
 */
export function scoreLogProbs(
  logProbs: ArrayLike<number | null>,
  options: ScoreLogProbsOptions = {},
): { readonly totals: ScoreTotals } {
  const [documents, tokenBytes, isGreedy] = [options.documents, options.tokenBytes, options.isGreedy].map(
    (list) => list && Array.from(indexData(list), Number),
  );
  const values = Float64Array.from(Array.from(logProbs), (value, index) => {
    if (value !== null && value > 1e-4) throw new RangeError(`logProbs[${index}]: expected at most 0, got ${value}`);
    return value === null ? Number.NaN : Math.min(value, 0);
  });
  const kept = Array.from(values.keys()).filter((index) => !Number.isNaN(values[index]));
  const columns = { logProbs: values, isGreedy: isGreedy && Uint8Array.from(isGreedy) };
  const bytes = Int32Array.from(values, (_, index) => tokenBytes?.[index] ?? 0);
  return { totals: totalsOf(columns, bytes, kept, documents && ((index) => documents[index])) };
}

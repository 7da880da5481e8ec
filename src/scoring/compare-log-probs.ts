/** compareLogProbs: the totals of compareLogits, from divergences and log-probabilities that the caller already has. */
import { BESIDE, type Readers } from "../arguments/function-options.js";
import { checkOptions } from "../arguments/options.js";
import { wrongType, wrongValue } from "../errors.js";
import { addComparisons, emptyComparison, LEAST_DIVERGENCE } from "./comparison-state.js";
import { type ComparisonTotals, comparisonTotals } from "./comparison-totals.js";
import { type DocumentsOption, ownersOf } from "./documents-option.js";
import { checkIntegers, checkLength, checkNats } from "./token-table.js";

type Numbers = Float64Array | Float32Array | readonly number[];

/** What is known of each token under two models: arrays of one length. */
export interface ComparedLogProbs {
  /** Divergence from the base model's distribution to the other's, in nats. */
  readonly klDivergences: Numbers;
  /** Log-probability of the token under the base model; NaN in a row that counts nowhere. */
  readonly baseLogProbs: Numbers;
  /** Log-probability of the token under the other model. */
  readonly otherLogProbs: Numbers;
  /** 1 where both models have the same top class, else 0. */
  readonly sameTop: Uint8Array | readonly number[];
}

const OPTIONS = { documents: BESIDE } satisfies Readers<DocumentsOption>;

/** As in scoreLogProbs. */
const ROUNDING = 1e-4;

/**
 * The totals of {@link compareLogits} from divergences and log-probabilities that you already have: of other definitions, such as
 * llama.cpp's for its stored logits, or of models that ran elsewhere.
 *
 * ```text
 * every total as in compareLogits, of the given columns
 * ```
 *
 * A token counts nowhere where `baseLogProbs` is NaN. Log-probabilities in (0, 1e-4] come from rounding and count as 0. The totals
 * have the bits of `compareLogits(...).totals` for its own arrays, unless a row of the base has no distribution, and
 * {@link mergeComparisons} merges both.
 *
 * @param compared - See {@link ComparedLogProbs}; `LogitsComparison` is one.
 * @param options - `documents`, as in {@link scoreLogProbs}.
 * @returns `{ totals }`.
 * @throws TypeError for an argument or option of a wrong type, or an unknown option; RangeError for arrays of different lengths, a
 * log-probability above 1e-4, a divergence below -1 / e, or a `sameTop` that is neither 0 nor 1.
 *
 * Source: llama.cpp, tools/perplexity/perplexity.cpp (`kl_divergence`).
 *
 * @example
 * ```ts
 * import { compareLogProbs } from "wasm-cross-entropy";
 *
 * const { totals } = compareLogProbs({
 *   klDivergences: [0.02, 0.06],
 *   baseLogProbs: [-1, -2],
 *   otherLogProbs: [-1.5, -2.5],
 *   sameTop: [1, 0],
 * });
 * totals.meanKl; // => 0.04
 * totals.logPerplexityRatio; // => 0.5
 * totals.sameTop; // => 0.5
 * ```
 */
export function compareLogProbs(compared: ComparedLogProbs, options?: DocumentsOption): { readonly totals: ComparisonTotals } {
  const { documents } = checkOptions(options, OPTIONS);
  if (typeof compared !== "object" || compared === null) {
    throw wrongType("compared", "{ klDivergences, baseLogProbs, otherLogProbs, sameTop }", compared);
  }
  const baseLogProbs = logProbsOf("baseLogProbs", compared.baseLogProbs);
  const count = baseLogProbs.length;
  const otherLogProbs = logProbsOf("otherLogProbs", compared.otherLogProbs, count);
  const klDivergences = numbersOf("klDivergences", compared.klDivergences, count);
  const wrong = klDivergences.findIndex((kl) => kl < LEAST_DIVERGENCE);
  if (wrong >= 0)
    throw wrongValue(`compared.klDivergences[${wrong}]`, "a divergence, at least 0 but for rounding", klDivergences[wrong]);
  const sameTop = flagsOf(compared.sameTop, count);
  const kept = Uint8Array.from(baseLogProbs, (value) => (Number.isNaN(value) ? 0 : 1));
  const owners = documents === undefined ? undefined : ownersOf(documents, "logProbs", kept, { rowShape: undefined });
  const state = emptyComparison({ documents: owners !== undefined });
  addComparisons(state, { klDivergences, baseLogProbs, otherLogProbs, sameTop }, kept, owners);
  return { totals: comparisonTotals(state) };
}

function numbersOf(name: string, value: unknown, count?: number): Float64Array {
  const values: ArrayLike<unknown> = checkNats(`compared.${name}`, value);
  if (count !== undefined) checkLength(`compared.${name}`, values.length, "compared.baseLogProbs", count);
  return Float64Array.from({ length: values.length }, (_, index) => {
    const entry = values[index];
    if (typeof entry === "number") return entry;
    throw wrongType(`compared.${name}[${index}]`, "a number", entry);
  });
}

function logProbsOf(name: string, value: unknown, count?: number): Float64Array {
  return numbersOf(name, value, count).map((logProb, index) => {
    if (logProb <= ROUNDING || Number.isNaN(logProb)) return Math.min(logProb, 0);
    throw wrongValue(`compared.${name}[${index}]`, "a log-probability, at most 0", logProb);
  });
}

function flagsOf(value: unknown, count: number): Uint8Array {
  const flags: ArrayLike<unknown> = checkIntegers("compared.sameTop", value);
  checkLength("compared.sameTop", flags.length, "compared.baseLogProbs", count);
  return Uint8Array.from({ length: count }, (_, index) => {
    const flag = flags[index];
    if (flag === 0 || flag === 1) return flag;
    throw wrongValue(`compared.sameTop[${index}]`, "0 or 1", flag);
  });
}

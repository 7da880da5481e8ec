/** The state of a comparison: exact sums, and the values that percentiles need. */

import { BatchSum } from "./batch-sum.js";
import { canonicalDocuments, DocumentCollector, type DocumentSums, mergeDocuments } from "./document-sums.js";
import { canonicalSum, type ExactSum, emptySum, mergeExact } from "./exact-sum.js";
import { exp } from "./exp.js";
import { checkMixture } from "./totals.js";

/** Names of the sums over tokens. b and o are the losses of the base and the other model, in nats. */
export const COMPARISON_SUMS = [
  ...(["base", "baseSquares", "other", "otherSquares", "products"] as const),
  // o - b, rounded to f64 before it is added
  ...(["differences", "differenceSquares"] as const),
  ...(["kl", "klSquares"] as const),
  // q_t - p_t
  ...(["changes", "changeSquares", "changeFourths"] as const),
] as const;

/**
 * Plain data that JSON preserves bit for bit. It grows by two numbers per token (about 45 bytes of JSON, 16 of memory), because
 * percentiles are exact for any order of merging only if every value is kept.
 */
export interface ComparisonState {
  tokens: number;
  sameTop: number;
  readonly sums: { readonly [name in (typeof COMPARISON_SUMS)[number]]: ExactSum };
  /** The finite divergences, in nats. */
  klValues: number[];
  /** Changes of the target's probability, other - base. */
  changeValues: number[];
  /** The two sums per document, with the number of its tokens; absent when documents are unknown. */
  documents?: { readonly [name in (typeof DOCUMENT_SUMS)[number]]: DocumentSums } | undefined;
}

/** The sums that are also kept per document. */
export const DOCUMENT_SUMS = ["differences", "kl"] as const;

/** Results of compared rows, one entry per row. */
export interface ComparedRows {
  readonly klDivergences: Float64Array;
  readonly baseLogProbs: Float64Array;
  readonly otherLogProbs: Float64Array;
  readonly sameTop: Uint8Array;
}

/** The least sum of p log(p / q) where only q adds up to 1, as in llama.cpp's divergence: s log s of the sum s of p. */
export const LEAST_DIVERGENCE = -0.3679;

/** @param options `documents: true` if the document of each row will be given */
export function emptyComparison(options: { readonly documents?: boolean } = {}): ComparisonState {
  // an own member even if undefined: Object.prototype may have one of this name
  const documents = options.documents === true ? { differences: [], kl: [] } : undefined;
  return { tokens: 0, sameTop: 0, sums: sumsOf(emptySum), klValues: [], changeValues: [], documents };
}

/** Adds the rows whose `kept` is not 0. `owners` are their documents, if the state has documents. */
export function addComparisons(state: ComparisonState, rows: ComparedRows, kept: Uint8Array, owners?: Float64Array): void {
  const documents = { differences: new DocumentCollector(), kl: new DocumentCollector() };
  const sums = sumsOf((name) => new BatchSum(state.sums[name]));
  for (const [row, isKept] of kept.entries()) {
    if (isKept === 0) continue;
    const kl = rows.klDivergences[row];
    const base = 0 - rows.baseLogProbs[row];
    const other = 0 - rows.otherLogProbs[row];
    const change = exp(-other) - exp(-base);
    state.tokens++;
    state.sameTop += rows.sameTop[row];
    sums.base.add(base);
    sums.baseSquares.addSquare(base);
    sums.other.add(other);
    sums.otherSquares.addSquare(other);
    sums.products.addProduct(base, other);
    sums.differences.add(other - base);
    sums.differenceSquares.addSquare(other - base);
    sums.kl.add(kl);
    sums.klSquares.addSquare(kl);
    sums.changes.add(change);
    sums.changeSquares.addSquare(change);
    sums.changeFourths.addSquare(change * change);
    if (owners !== undefined) {
      documents.differences.add(owners[row], 1, other - base);
      documents.kl.add(owners[row], 1, kl);
    }
    if (Number.isFinite(kl)) state.klValues.push(kl);
    if (!Number.isNaN(change)) state.changeValues.push(change);
  }
  for (const sum of Object.values(sums)) sum.flush();
  if (state.documents) {
    state.documents = joinDocuments(state.documents, { differences: documents.differences.sums(), kl: documents.kl.sums() });
  }
}

type ComparisonDocuments = NonNullable<ComparisonState["documents"]>;

function joinDocuments(a: ComparisonDocuments, b: ComparisonDocuments): ComparisonDocuments {
  return { differences: mergeDocuments(a.differences, b.differences), kl: mergeDocuments(a.kl, b.kl) };
}

/**
 * Returns the state of all parts together, of which there is at least one; changes none of them.
 * @throws TypeError when only some of the parts have documents
 */
export function joinComparisons(parts: readonly ComparisonState[]): ComparisonState {
  const sumOf = (count: "tokens" | "sameTop"): number => parts.reduce((sum, part) => sum + part[count], 0);
  const documents = parts
    .map((part) => part.documents)
    .reduce((a, b) => {
      checkMixture("mergeComparisons", "documents", a, b);
      return a && b && joinDocuments(a, b);
    });
  return {
    tokens: sumOf("tokens"),
    sameTop: sumOf("sameTop"),
    sums: sumsOf((name) => parts.map(({ sums }) => sums[name]).reduce(mergeExact, emptySum())),
    klValues: parts.flatMap(({ klValues }) => klValues),
    changeValues: parts.flatMap(({ changeValues }) => changeValues),
    documents,
  };
}

/** Returns the same state for the same tokens, however they were cut and merged: canonical sums and sorted values. */
export function canonicalComparison({ sums, klValues, changeValues, documents, ...counts }: ComparisonState): ComparisonState {
  const ascending = (values: readonly number[]): number[] => Array.from(Float64Array.from(values).sort());
  return {
    ...counts,
    sums: sumsOf((name) => canonicalSum(sums[name])),
    klValues: ascending(klValues),
    changeValues: ascending(changeValues),
    ...(documents && {
      documents: { differences: canonicalDocuments(documents.differences), kl: canonicalDocuments(documents.kl) },
    }),
  };
}

function sumsOf<Sum>(make: (name: (typeof COMPARISON_SUMS)[number]) => Sum): {
  readonly [name in (typeof COMPARISON_SUMS)[number]]: Sum;
} {
  const entries = COMPARISON_SUMS.map((name) => [name, make(name)]);
  return Object.fromEntries(entries) as { readonly [name in (typeof COMPARISON_SUMS)[number]]: Sum };
}

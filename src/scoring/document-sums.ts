/** Sums per document, and the standard errors that count documents, not tokens, as independent. */
import { addExact, canonicalSum, type ExactSum, emptySum, mergeExact, shareScatter } from "./exact-sum.js";

/** The sum of a document's terms, and their size: the number of its tokens, or of its bytes. */
export interface DocumentSum {
  readonly owner: number;
  readonly size: number;
  readonly sum: ExactSum;
}

/** One sum per document, in ascending order of the owners: plain data, about 100 bytes of JSON per document. */
export type DocumentSums = readonly DocumentSum[];

/** Collects terms in any order of their documents. */
export class DocumentCollector {
  readonly #documents = new Map<number, { readonly owner: number; size: number; readonly sum: ExactSum }>();

  add(owner: number, size: number, term: number): void {
    let document = this.#documents.get(owner);
    if (document === undefined) {
      document = { owner, size: 0, sum: emptySum() };
      this.#documents.set(owner, document);
    }
    document.size += size;
    // no BatchSum: most documents are too short for its digits to pay
    addExact(document.sum, term);
  }

  /** The sums of all terms so far. */
  sums(): DocumentSums {
    return Array.from(this.#documents.values()).sort((a, b) => a.owner - b.owner);
  }
}

/** Adds the sums of a document's parts: those of equal owners. Changes neither list. */
export function mergeDocuments(a: DocumentSums, b: DocumentSums): DocumentSums {
  const merged: DocumentSum[] = [];
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    const [left, right] = [a[i] as DocumentSum, b[j] as DocumentSum];
    if (left.owner === right.owner) {
      merged.push({ owner: left.owner, size: left.size + right.size, sum: mergeExact(left.sum, right.sum) });
      i++;
      j++;
    } else if (left.owner < right.owner) {
      merged.push(left);
      i++;
    } else {
      merged.push(right);
      j++;
    }
  }
  return [...merged, ...a.slice(i), ...b.slice(j)];
}

export function canonicalDocuments(documents: DocumentSums): DocumentSums {
  return documents.map(({ owner, size, sum }) => ({ owner, size, sum: canonicalSum(sum) }));
}

/** The sum over all documents. */
export function sumOfDocuments(documents: DocumentSums): ExactSum {
  return documents.map(({ sum }) => sum).reduce(mergeExact, emptySum());
}

/**
 * Standard error of a mean m = sum_d L_d / sum_d n_d over documents d that are independent, while the terms within a document need
 * not be:
 *
 * ```text
 * sqrt(D / (D - 1) sum_d (L_d - n_d m)^2) / sum_d n_d
 * ```
 *
 * One document gives NaN, as one token does for the plain standard error; so does a NaN or infinite term. Documents with equal
 * means give exactly 0.
 *
 * Source: Miller, "Adding Error Bars to Evals", 2024 (arXiv:2411.00640), clustered standard errors; D / (D - 1) corrects for few
 * documents.
 */
export function clusteredStderr(documents: DocumentSums): number {
  const count = documents.length;
  const size = documents.reduce((total, document) => total + document.size, 0);
  // size^2 times the sum of the squares
  const scatter = shareScatter(documents, size, sumOfDocuments(documents));
  return (Math.sqrt(scatter) * Math.sqrt(count / (count - 1))) / size / size;
}

import { type ComparisonTotals, mergeComparisons } from "wasm-cross-entropy";
import { checkedFirst } from "./checked-first.js";
import type { CompareBatch } from "./compare-batch.js";
import type { Sink } from "./stream/sink.js";
import { IGNORED } from "./stream/target-rows.js";

type Sums = ComparisonTotals["sums"];

export interface CompareSumsSnapshot {
  /** The values in base64: 22 bytes per token, against 45 for JSON numbers. */
  readonly sums: Omit<Sums, "klValues" | "changeValues"> & { klValues: string; changeValues: string };
  readonly firstNanRow: number | null;
}

/** Totals of the rows so far: exact sums, and two numbers per row for the percentiles. */
export class CompareSums implements Sink<CompareBatch> {
  /** Merged only once, at the end, because each merge copies and sorts the values of all rows. */
  readonly #parts: { readonly sums: Sums }[];
  #firstNanRow: number | undefined;

  /**
   * @param before the snapshot of an interrupted run; undefined starts from zero
   * @param rows the rows of that run
   * @param inputs whether the run has documents
   * @throws TypeError or RangeError for sums that no run over so many rows can have made
   */
  constructor(before: CompareSumsSnapshot | undefined, rows: number, { documents }: { readonly documents?: unknown }) {
    this.#parts = before === undefined ? [] : [{ sums: sumsOf(before.sums) }];
    if (before === undefined) return;
    if ((before.sums.documents === undefined) !== (documents === undefined)) {
      throw new RangeError(`sums: expected those of a run ${documents === undefined ? "without" : "with"} documents`);
    }
    this.#firstNanRow = checkedFirst(this.totals(), before.firstNanRow, rows);
  }

  /** The first row whose divergence is NaN, if any. */
  get firstNanRow(): number | undefined {
    return this.#firstNanRow;
  }

  add({ firstRow, targets, compared: { klDivergences, totals } }: CompareBatch): void {
    this.#parts.push({ sums: totals.sums });
    if (this.#firstNanRow !== undefined || totals.nanTokens === 0) return;
    this.#firstNanRow = firstRow + klDivergences.findIndex((kl, index) => Number.isNaN(kl) && targets[index] !== IGNORED);
  }

  snapshot(): CompareSumsSnapshot {
    const { klValues, changeValues, ...rest } = this.totals().sums;
    return {
      sums: { ...rest, klValues: packed(klValues), changeValues: packed(changeValues) },
      firstNanRow: this.#firstNanRow ?? null,
    };
  }

  totals(): ComparisonTotals {
    return mergeComparisons(this.#parts);
  }
}

function sumsOf({ klValues, changeValues, ...rest }: CompareSumsSnapshot["sums"]): Sums {
  return { ...rest, klValues: unpacked(klValues), changeValues: unpacked(changeValues) };
}

function packed(values: readonly number[]): string {
  return Buffer.from(Float64Array.from(values).buffer).toString("base64");
}

function unpacked(text: string): number[] {
  const bytes = Uint8Array.from(Buffer.from(text, "base64"));
  return Array.from(new Float64Array(bytes.buffer));
}

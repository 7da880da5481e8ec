import { mergeScores, type ScoreTotals } from "wasm-cross-entropy";
import { checkedFirst } from "./checked-first.js";
import type { ScoreBatch } from "./score-batch.js";
import type { Sink } from "./stream/sink.js";
import { IGNORED } from "./stream/target-rows.js";

export interface ScoreSumsSnapshot {
  readonly sums: ScoreTotals["sums"];
  readonly firstNanRow: number | null;
}

/** Totals of the rows so far. The sums are exact, so neither batches nor interruptions change a bit. */
export class ScoreSums implements Sink<ScoreBatch> {
  #totals: ScoreTotals | undefined;
  #firstNanRow: number | undefined;

  /**
   * @param before the snapshot of an interrupted run; undefined starts from zero
   * @param rows the rows of that run
   * @param hasBytes whether the run counts bytes
   * @throws TypeError or RangeError for sums that no run over so many rows can have made
   */
  constructor(before: ScoreSumsSnapshot | undefined, rows: number, hasBytes: boolean) {
    if (before === undefined) return;
    this.#totals = mergeScores([before]);
    const { bytes, documents, tokens, accuracy } = this.#totals;
    if ((bytes !== undefined) !== hasBytes || documents !== undefined || (tokens > 0 && Number.isNaN(accuracy))) {
      throw new RangeError(`sums: expected those of a run ${hasBytes ? "with" : "without"} token bytes`);
    }
    this.#firstNanRow = checkedFirst(this.#totals, before.firstNanRow, rows);
  }

  /** The first row whose loss is NaN, if any. */
  get firstNanRow(): number | undefined {
    return this.#firstNanRow;
  }

  add({ firstRow, targets, scores: { logProbs, totals } }: ScoreBatch): void {
    this.#totals = this.#totals === undefined ? totals : mergeScores([this.#totals, totals]);
    if (this.#firstNanRow !== undefined || totals.nanTokens === 0) return;
    this.#firstNanRow = firstRow + logProbs.findIndex((logProb, index) => Number.isNaN(logProb) && targets[index] !== IGNORED);
  }

  snapshot(): ScoreSumsSnapshot {
    return { sums: this.totals().sums, firstNanRow: this.#firstNanRow ?? null };
  }

  /** @throws Error before the first batch */
  totals(): ScoreTotals {
    if (this.#totals === undefined) throw new Error("no batch was scored");
    return this.#totals;
  }
}

import { mergeScores, type ScoreTotals } from "wasm-cross-entropy";
import { checkedFirst } from "./checked-first.js";
import type { ScoreBatch } from "./score-batch.js";
import type { Sink } from "./stream/sink.js";
import { IGNORED } from "./stream/target-rows.js";

export interface ScoreSumsSnapshot {
  readonly sums: ScoreTotals["sums"];
  readonly firstNanRow: number | null;
}

/** What decides which sums a run has. */
type ScoreSumsInputs = { readonly [name in "tokenBytes" | "documents"]?: unknown };

/** Totals of the rows so far. The sums are exact, so neither batches nor interruptions change a bit. */
export class ScoreSums implements Sink<ScoreBatch> {
  #totals: ScoreTotals | undefined;
  #firstNanRow: number | undefined;

  /**
   * @param before the snapshot of an interrupted run; undefined starts from zero
   * @param rows the rows of that run
   * @param inputs whether the run counts bytes and documents
   * @throws TypeError or RangeError for sums that no run over so many rows can have made
   */
  constructor(before: ScoreSumsSnapshot | undefined, rows: number, { tokenBytes, documents }: ScoreSumsInputs) {
    if (before === undefined) return;
    this.#totals = mergeScores([before]);
    const { tokens, accuracy } = this.#totals;
    const isAlike = (before: unknown, now: unknown) => (before === undefined) === (now === undefined);
    if (!isAlike(this.#totals.bytes, tokenBytes) || (tokens > 0 && Number.isNaN(accuracy))) {
      throw new RangeError(`sums: expected those of a run ${tokenBytes === undefined ? "without" : "with"} token bytes`);
    }
    if (!isAlike(this.#totals.documents, documents)) {
      throw new RangeError(`sums: expected those of a run ${documents === undefined ? "without" : "with"} documents`);
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

import { emptyScores, joinScores, type ScoreState, type ScoreTotals, totalsOf } from "../scoring/totals.js";
import type { ScoreBatch } from "./score-batch.js";
import type { Sink } from "./stream/sink.js";
import { IGNORED } from "./stream/target-rows.js";

export interface ScoreSumsSnapshot {
  readonly state: ScoreState;
  readonly firstNanRow: number | null;
}

/** The totals of the rows so far: sums without rounding, whose bits no batch and no interruption changes. */
export class ScoreSums implements Sink<ScoreBatch> {
  #state: ScoreState;
  #firstNanRow: number | undefined;

  /** @param before what `snapshot` gave when the run was interrupted */
  constructor(hasBytes: boolean, before: ScoreSumsSnapshot | undefined) {
    this.#state = before?.state ?? emptyScores({ bytes: hasBytes });
    this.#firstNanRow = before?.firstNanRow ?? undefined;
  }

  /** The first row whose loss is NaN, if any. */
  get firstNanRow(): number | undefined {
    return this.#firstNanRow;
  }

  add({ firstRow, targets, scores: { logProbs, totals } }: ScoreBatch): void {
    this.#state = joinScores(this.#state, totals.sums);
    if (this.#firstNanRow !== undefined || totals.nanTokens === 0) return;
    this.#firstNanRow = firstRow + logProbs.findIndex((logProb, index) => Number.isNaN(logProb) && targets[index] !== IGNORED);
  }

  snapshot(): ScoreSumsSnapshot {
    return { state: this.#state, firstNanRow: this.#firstNanRow ?? null };
  }

  totals(): ScoreTotals {
    return totalsOf(this.#state);
  }
}

import type { ScoredToken } from "../report/passage.js";
import { mostSurprising } from "../report/surprising.js";
import type { PassageTexts } from "./passage-texts.js";
import type { ScoreBatch } from "./score-batch.js";
import type { Sink } from "./stream/sink.js";
import { IGNORED } from "./stream/target-rows.js";

/** A token in the JSON's list of surprising tokens. */
export interface SurprisingToken {
  readonly rank: number;
  readonly row: number;
  readonly id: number;
  readonly token: string;
  readonly nats: number;
  readonly bits: number;
}

/** Loss of each row in bits; null for an ignored row. NaN and Infinity are strings, because JSON has no numbers for them. */
export type PassageSnapshot = readonly (number | string | null)[];

function isLoss(value: unknown): boolean {
  return value === null || value === "NaN" || value === "Infinity" || (typeof value === "number" && value >= 0);
}

/** The tokens of a passage with their losses, filled as rows are scored. */
export class ScoredPassage implements Sink<ScoreBatch> {
  readonly #texts: PassageTexts;
  readonly #tokens: ScoredToken[];

  /**
   * @param before the snapshot of an interrupted run; undefined starts empty
   * @param rows the rows of that run
   * @throws RangeError for a snapshot of another number of rows, or with something else than losses
   */
  constructor(texts: PassageTexts, before: PassageSnapshot | undefined, rows: number) {
    this.#texts = texts;
    if (before !== undefined && !(Array.isArray(before) && before.length === rows && before.every(isLoss))) {
      throw new RangeError(`passage: expected ${rows} losses`);
    }
    this.#tokens = (before ?? []).map((bits, row) => ({
      text: texts.textOf(row),
      bits: bits === null ? undefined : Number(bits),
    }));
  }

  get tokens(): readonly ScoredToken[] {
    return this.#tokens;
  }

  add({ firstRow, targets, scores: { logProbs } }: ScoreBatch): void {
    targets.forEach((target, index) => {
      const bits = target === IGNORED ? undefined : (0 - (logProbs[index] ?? Number.NaN)) / Math.LN2;
      this.#tokens.push({ text: this.#texts.textOf(firstRow + index), bits });
    });
  }

  snapshot(): PassageSnapshot {
    return this.#tokens.map(({ bits = null }) => (bits === null || Number.isFinite(bits) ? bits : String(bits)));
  }

  /** @returns the `count` tokens with the greatest losses */
  surprising(count: number): SurprisingToken[] {
    return mostSurprising(this.#tokens, count).map(({ rank, row, bits }) => ({
      rank,
      row,
      id: this.#texts.idOf(row),
      token: this.#texts.textOf(row),
      nats: bits * Math.LN2,
      bits,
    }));
  }
}

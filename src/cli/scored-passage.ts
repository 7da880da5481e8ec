import { InputError } from "../files/input-error.js";
import type { PassageTokens } from "../files/tokens-file.js";
import type { ScoredToken } from "../report/passage.js";
import { mostSurprising } from "../report/surprising.js";
import type { ScoredBatch } from "./score-batches.js";
import type { ScoreInputs } from "./score-inputs.js";

/** A token as the JSON lists it. */
export interface SurprisingToken {
  readonly rank: number;
  readonly row: number;
  readonly id: number;
  readonly token: string;
  readonly nats: number;
  readonly bits: number;
}

/** The tokens of a passage beside their losses, filled as rows are scored. */
export class ScoredPassage {
  readonly #passage: PassageTokens;
  readonly #targets: string;
  readonly #tokens: ScoredToken[] = [];

  /** @throws InputError when the passage has not one token a row */
  constructor(passage: PassageTokens, { logits, targets }: ScoreInputs) {
    if (passage.ids.length !== logits.rows) {
      throw new InputError(
        `${passage.path}: has ${passage.ids.length} tokens, but ${targets.label} has ${logits.rows}; ` +
          "give the tokens of this file's passage",
      );
    }
    this.#passage = passage;
    this.#targets = targets.label;
  }

  get tokens(): readonly ScoredToken[] {
    return this.#tokens;
  }

  /**
   * Adds the next rows' losses.
   * @throws InputError when a target is another token than the passage's
   */
  add(batch: ScoredBatch): void {
    batch.targets.forEach((target, index) => {
      const row = batch.firstRow + index;
      const kept = batch.kept[index] !== 0;
      const id = this.#passage.ids[row];
      if (kept && id !== target) {
        throw new InputError(
          `${this.#passage.path}: ids[${row}]: expected ${target}, the target of row ${row} of ${this.#targets}, ` +
            `got ${id}; give the tokens of this file's passage`,
        );
      }
      const bits = kept ? (batch.losses[index] ?? Number.NaN) / Math.LN2 : undefined;
      this.#tokens.push({ text: this.#passage.tokens[row] ?? "", bits });
    });
  }

  /** @returns the `count` tokens with the greatest losses */
  surprising(count: number): SurprisingToken[] {
    return mostSurprising(this.#tokens, count).map(({ rank, row, bits }) => ({
      rank,
      row,
      id: this.#passage.ids[row] ?? -1,
      token: this.#passage.tokens[row] ?? "",
      nats: bits * Math.LN2,
      bits,
    }));
  }
}

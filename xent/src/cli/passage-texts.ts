import { InputError } from "../files/input-error.js";
import { type PassageTokens, readTokensFile } from "../files/tokens-file.js";
import type { Inputs } from "./stream/inputs.js";
import type { Sink } from "./stream/sink.js";
import { IGNORED } from "./stream/target-rows.js";

interface BatchOfTargets {
  readonly firstRow: number;
  readonly targets: Int32Array;
}

/** The texts of a passage's tokens. Each batch's targets are checked against the passage's ids. */
export class PassageTexts implements Sink<BatchOfTargets> {
  readonly #passage: PassageTokens;
  readonly #targets: string;
  #vocabulary: ReadonlyMap<number, string> | undefined;

  /** @throws InputError when the file cannot be used, or does not have one token per row */
  constructor(path: string, { rows, targets }: Inputs) {
    this.#passage = readTokensFile(path);
    this.#targets = targets.label;
    const { length } = this.#passage.ids;
    if (length === rows) return;
    throw new InputError(
      `${path}: has ${length} tokens, but ${targets.label} has ${rows} targets; give the tokens of the same passage`,
    );
  }

  idOf(row: number): number {
    return this.#passage.ids[row] ?? -1;
  }

  readonly textOf = (row: number): string => this.#passage.tokens[row] ?? "";

  slice(from: number, to: number): readonly string[] {
    return this.#passage.tokens.slice(from, to);
  }

  /** @returns the text of an id, or undefined when the id does not occur in the passage */
  readonly tokenText = (id: number): string | undefined => {
    this.#vocabulary ??= new Map(this.#passage.ids.map((known, row) => [known, this.textOf(row)]));
    return this.#vocabulary.get(id);
  };

  /** @throws InputError when a target differs from the passage's id in the same row */
  add({ firstRow, targets }: BatchOfTargets): void {
    targets.forEach((target, index) => {
      const row = firstRow + index;
      const id = this.#passage.ids[row];
      if (target === IGNORED || id === target) return;
      throw new InputError(
        `${this.#passage.path}: ids[${row}]: expected ${target}, the target in row ${row} of ${this.#targets}, ` +
          `got ${id}; give the tokens of the same passage`,
      );
    });
  }

  /** Empty: a resumed run reads the texts from the file again. */
  snapshot(): null {
    return null;
  }
}

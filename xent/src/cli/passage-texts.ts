import { InputError } from "../files/input-error.js";
import { type PassageTokens, readTokensFile } from "../files/tokens-file.js";
import type { Inputs } from "./stream/inputs.js";
import type { Sink } from "./stream/sink.js";
import { IGNORED } from "./stream/target-rows.js";

interface BatchOfTargets {
  readonly firstRow: number;
  readonly targets: Int32Array;
}

/** The texts of the rows' targets, from a passage. Each batch's targets are checked against the passage's ids. */
export class PassageTexts implements Sink<BatchOfTargets> {
  readonly #passage: PassageTokens;
  readonly #targets: string;
  readonly #targetOf: Inputs["shift"]["targetOf"];
  #vocabulary: ReadonlyMap<number, string> | undefined;

  /** @throws InputError when the file cannot be used, or does not have one token per row */
  constructor(path: string, { rows, targets, shift }: Inputs) {
    this.#passage = readTokensFile(path, rows);
    this.#targets = targets.label;
    this.#targetOf = shift.targetOf;
    const { count } = this.#passage;
    if (count === rows) return;
    throw new InputError(
      `${path}: has ${count} tokens, but ${targets.label} has ${rows} targets; give the tokens of the same passage`,
    );
  }

  idOf(row: number): number {
    return this.#passage.ids[this.#targetOf(row) ?? -1] ?? -1;
  }

  readonly textOf = (row: number): string => this.#passage.tokens[this.#targetOf(row) ?? -1] ?? "";

  slice(from: number, to: number): readonly string[] {
    return Array.from({ length: to - from }, (_, index) => this.textOf(from + index));
  }

  /** @returns the text of an id, or undefined when the id does not occur in the passage */
  readonly tokenText = (id: number): string | undefined => {
    this.#vocabulary ??= new Map(this.#passage.ids.map((known, at) => [known, this.#passage.tokens[at] ?? ""]));
    return this.#vocabulary.get(id);
  };

  /** @throws InputError when a target differs from the passage's id in the same row */
  add({ firstRow, targets }: BatchOfTargets): void {
    targets.forEach((target, index) => {
      const row = this.#targetOf(firstRow + index) ?? -1;
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

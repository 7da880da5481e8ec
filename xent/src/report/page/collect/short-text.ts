/** Keeps the whole text with each token's value, if the text is short. */
import { fromJson, type JsonNumber, toJson } from "./json-number.js";

/** A text with more tokens or more UTF-16 units than this is not kept. */
export const SHORT_TEXT_TOKENS = 2000;
const SHORT_TEXT_LENGTH = 40_000;

/** A token of the text; its value is undefined for an ignored row. */
export interface TextToken {
  readonly text: string;
  readonly value: number | undefined;
}

/** null without a passage, or when the text is too long. */
export type ShortTextSnapshot = readonly (readonly [text: string, value: JsonNumber | null])[] | null;

export class ShortText {
  #tokens: TextToken[] | null = [];
  #length = 0;

  static restore(snapshot: ShortTextSnapshot): ShortText {
    const restored = new ShortText();
    if (snapshot === null) restored.#tokens = null;
    for (const [text, value] of snapshot ?? []) restored.add(text, value === null ? undefined : fromJson(value));
    return restored;
  }

  /** Adds the next token. A null text, which means there is no passage, discards everything. */
  add(text: string | null, value: number | undefined): void {
    if (this.#tokens === null) return;
    this.#length += text?.length ?? 0;
    if (text === null || this.#tokens.length === SHORT_TEXT_TOKENS || this.#length > SHORT_TEXT_LENGTH) this.#tokens = null;
    else this.#tokens.push({ text, value });
  }

  /** @returns the tokens; undefined when there are none or the text is too long */
  read(): readonly TextToken[] | undefined {
    return this.#tokens === null || this.#tokens.length === 0 ? undefined : this.#tokens;
  }

  snapshot(): ShortTextSnapshot {
    return this.#tokens?.map(({ text, value }) => [text, value === undefined ? null : toJson(value)]) ?? null;
  }
}

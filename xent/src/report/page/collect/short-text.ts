/** The whole text with each token's value, as long as it is short. */
import { fromJson, type JsonNumber, toJson } from "./json-number.js";

/** Tokens, and UTF-16 units of their texts, above which nothing is kept. */
export const SHORT_TEXT_TOKENS = 2000;
const SHORT_TEXT_LENGTH = 40_000;

/** A token of the text; value undefined for an ignored one. */
export interface TextToken {
  readonly text: string;
  readonly value: number | undefined;
}

/** null when there is no text or too much of it. */
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

  /** The next token; a text of null, where none is known, leaves nothing to show. */
  add(text: string | null, value: number | undefined): void {
    if (this.#tokens === null) return;
    this.#length += text?.length ?? 0;
    if (text === null || this.#tokens.length === SHORT_TEXT_TOKENS || this.#length > SHORT_TEXT_LENGTH) this.#tokens = null;
    else this.#tokens.push({ text, value });
  }

  /** @returns undefined when there is no text or too much of it */
  read(): readonly TextToken[] | undefined {
    return this.#tokens === null || this.#tokens.length === 0 ? undefined : this.#tokens;
  }

  snapshot(): ShortTextSnapshot {
    return this.#tokens?.map(({ text, value }) => [text, value === undefined ? null : toJson(value)]) ?? null;
  }
}

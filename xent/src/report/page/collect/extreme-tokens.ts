/** Keeps the tokens with the greatest values, each with some context. */
import { fromJson, type JsonNumber, toJson } from "./json-number.js";

/** Tokens kept. */
export const EXTREME_TOKENS = 20;

/** Tokens of context kept before and after each. */
const BEFORE = 12;
const AFTER = 6;

/** Most characters kept of a token's text, so that memory is bounded for any text. */
const LONGEST = 80;

/** A token in a context; its text is null without a passage. */
export interface PlainToken {
  readonly id: number;
  readonly text: string | null;
}

/** A token with the value that ranks it, and further figures. */
export interface ExtremeToken<Name extends string> extends PlainToken {
  readonly row: number;
  readonly value: number;
  readonly figures: Readonly<Record<Name, number>>;
  readonly before: readonly PlainToken[];
  readonly after: readonly PlainToken[];
}

interface StoredToken<Name extends string> extends Omit<ExtremeToken<Name>, "after"> {
  readonly after: PlainToken[];
}

export interface ExtremeTokensSnapshot<Name extends string> {
  readonly recent: readonly PlainToken[];
  readonly tokens: readonly (Omit<ExtremeToken<Name>, "value" | "figures"> & {
    readonly value: JsonNumber;
    readonly figures: Readonly<Record<Name, JsonNumber>>;
  })[];
}

export class ExtremeTokens<Name extends string> {
  /** Sorted by descending value, then by row. */
  #tokens: StoredToken<Name>[] = [];
  /** The last tokens added. */
  #recent: PlainToken[] = [];
  /** The entries of #tokens whose context after them is incomplete. */
  #open: StoredToken<Name>[] = [];

  static restore<Name extends string>({ recent, tokens }: ExtremeTokensSnapshot<Name>): ExtremeTokens<Name> {
    const restored = new ExtremeTokens<Name>();
    restored.#recent = [...recent];
    restored.#tokens = tokens.map((token) => ({
      ...token,
      value: fromJson(token.value),
      figures: mapValues(token.figures, fromJson),
      after: [...token.after],
    }));
    restored.#open = restored.#tokens.filter(({ after }) => after.length < AFTER);
    return restored;
  }

  /** @returns whether a token of this value would be kept; false for NaN */
  wants(value: number): boolean {
    const last = this.#tokens[EXTREME_TOKENS - 1];
    return last === undefined ? !Number.isNaN(value) : value > last.value;
  }

  /**
   * Adds the next token of the text.
   * @param row the token's row
   * @param kept value and figures, if `wants` accepts the value
   */
  add(row: number, token: PlainToken, kept?: { readonly value: number; readonly figures: Readonly<Record<Name, number>> }): void {
    const plain = { id: token.id, text: token.text === null ? null : clipped(token.text) };
    for (const { after } of this.#open) after.push(plain);
    this.#open = this.#open.filter(({ after }) => after.length < AFTER);
    if (kept !== undefined) this.#keep({ ...plain, ...kept, row, before: [...this.#recent], after: [] });
    this.#recent.push(plain);
    if (this.#recent.length > BEFORE) this.#recent.shift();
  }

  /** @returns the tokens with the greatest values; among equal values the earlier token comes first */
  read(): readonly ExtremeToken<Name>[] {
    return this.#tokens;
  }

  snapshot(): ExtremeTokensSnapshot<Name> {
    const tokens = this.#tokens.map((token) => ({
      ...token,
      value: toJson(token.value),
      figures: mapValues(token.figures, toJson),
      after: [...token.after],
    }));
    return { recent: [...this.#recent], tokens };
  }

  #keep(token: StoredToken<Name>): void {
    const at = this.#tokens.findIndex(({ value }) => value < token.value);
    this.#tokens.splice(at < 0 ? this.#tokens.length : at, 0, token);
    this.#open.push(token);
    const dropped = this.#tokens[EXTREME_TOKENS];
    this.#tokens.length = Math.min(this.#tokens.length, EXTREME_TOKENS);
    this.#open = this.#open.filter((open) => open !== dropped);
  }
}

function clipped(text: string): string {
  if (text.length <= LONGEST) return text;
  return `${Array.from(text).slice(0, LONGEST).join("")}…`;
}

function mapValues<Name extends string, From, To>(
  record: Readonly<Record<Name, From>>,
  change: (value: From) => To,
): Record<Name, To> {
  const entries = Object.entries<From>(record).map(([name, value]) => [name, change(value)]);
  return Object.fromEntries(entries) as Record<Name, To>;
}

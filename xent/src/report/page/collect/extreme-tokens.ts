/** The tokens with the greatest values, each with some of the text around it. */
import { fromJson, type JsonNumber, toJson } from "./json-number.js";

/** How many are kept, and how many tokens of the text before and after each. */
export const EXTREME_TOKENS = 20;
const BEFORE = 12;
const AFTER = 6;

/** Characters of one token's text that are kept: memory is bounded for any text. */
const LONGEST = 80;

/** A token as it stands in a context; text null where no texts are known. */
export interface PlainToken {
  readonly id: number;
  readonly text: string | null;
}

/** A token, what it is listed for, and further figures of it. */
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
  /** By falling value, then by row. */
  #tokens: StoredToken<Name>[] = [];
  /** The last tokens of the text. */
  #recent: PlainToken[] = [];
  /** Those of #tokens whose text after them is not complete. */
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

  /** @returns whether a token of this value would be kept; not for NaN */
  wants(value: number): boolean {
    const last = this.#tokens[EXTREME_TOKENS - 1];
    return last === undefined ? !Number.isNaN(value) : value > last.value;
  }

  /**
   * The next token of the text.
   * @param row its place in the text
   * @param kept what it is listed with, when it is wanted
   */
  add(row: number, token: PlainToken, kept?: { readonly value: number; readonly figures: Readonly<Record<Name, number>> }): void {
    const plain = { id: token.id, text: token.text === null ? null : clipped(token.text) };
    for (const { after } of this.#open) after.push(plain);
    this.#open = this.#open.filter(({ after }) => after.length < AFTER);
    if (kept !== undefined) this.#keep({ ...plain, ...kept, row, before: [...this.#recent], after: [] });
    this.#recent.push(plain);
    if (this.#recent.length > BEFORE) this.#recent.shift();
  }

  /** @returns those with the greatest values, of equal ones the earlier first */
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

import type { ScoredToken } from "../scoring/scored.js";

/** The tokens that are drawn, and what they are called. */
export interface ShownTokens {
  readonly tokens: readonly ScoredToken[];
  /** The text of an id. */
  readonly textOf: (id: number) => string;
  /** How many classes there are to be ranked among. */
  readonly classes: number;
}

const SIGNS: Readonly<Record<string, string>> = { "\n": "↵", "\r": "␍", "\t": "⇥" };

/** Text in one line, each space and line break to be seen. */
export function visible(text: string): string {
  return text.replace(/[\n\r\t]/g, (character) => SIGNS[character] ?? character).replaceAll(" ", "␣");
}

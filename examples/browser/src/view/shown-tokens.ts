import type { ScoredToken } from "../scoring/scored.js";

/** The tokens drawn. */
export interface ShownTokens {
  readonly tokens: readonly ScoredToken[];
  /** Number of classes, for the rank. */
  readonly classes: number;
}

const SIGNS: Readonly<Record<string, string>> = { "\n": "↵", "\r": "␍", "\t": "⇥" };

/** Returns the text on one line, with visible spaces and line breaks. */
export function visible(text: string): string {
  return text.replace(/[\n\r\t]/g, (character) => SIGNS[character] ?? character).replaceAll(" ", "␣");
}

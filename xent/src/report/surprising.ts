import { formatNumber } from "./numbers.js";
import type { ScoredToken } from "./passage.js";
import { type ColorDepth, paint, shadeOf } from "./shading.js";
import { tableLines } from "./table.js";
import { printable } from "./text.js";

/** A token in the list of greatest losses. */
export interface Surprise {
  /** 1 is the token with the greatest loss; among equal losses the earlier token comes first. */
  readonly rank: number;
  readonly row: number;
  readonly bits: number;
}

/** @returns the `count` tokens with the greatest losses, without ignored and NaN ones */
export function mostSurprising(tokens: readonly ScoredToken[], count: number): Surprise[] {
  return tokens
    .flatMap(({ bits }, row) => (bits === undefined || Number.isNaN(bits) ? [] : [{ row, bits }]))
    .sort((a, b) => (a.bits === b.bits ? a.row - b.row : b.bits - a.bits))
    .slice(0, count)
    .map((token, index) => ({ rank: index + 1, ...token }));
}

/** Characters of the passage shown before and after a surprising token. */
const BEFORE = 32;
const AFTER = 16;

/** @returns a table of the tokens in their context, each shaded or, without colours, in brackets */
export function surpriseLines(tokens: readonly ScoredToken[], surprises: readonly Surprise[], depth: ColorDepth): string[] {
  const cells = surprises.map(({ rank, row, bits }) => {
    const token = printable(tokens[row]?.text ?? "");
    const shown = depth === 1 ? `[${token}]` : paint(token, shadeOf(bits), depth);
    return [String(rank), formatNumber(bits, 4), String(row), JSON.stringify(token), contextOf(tokens, row, shown)];
  });
  return tableLines(
    [
      { heading: "rank", align: "right" },
      { heading: "bits", align: "right" },
      { heading: "row", align: "right" },
      { heading: "token", align: "left" },
      { heading: "in context", align: "left" },
    ],
    cells,
  );
}

function contextOf(tokens: readonly ScoredToken[], row: number, shown: string): string {
  // a token has at least one character, so as many tokens as characters are enough
  const textOf = (from: number, to: number) => {
    const texts = tokens.slice(Math.max(0, from), to).map((token) => token.text);
    return Array.from(printable(texts.join("")));
  };
  const before = textOf(row - BEFORE - 1, row);
  const after = textOf(row + 1, row + AFTER + 2);
  const start = before.length > BEFORE ? `…${before.slice(-BEFORE).join("")}` : before.join("");
  const end = after.length > AFTER ? `${after.slice(0, AFTER).join("")}…` : after.join("");
  return start + shown + end;
}

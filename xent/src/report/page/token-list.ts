/** A table of tokens in their context. */
import type { ExtremeToken, PlainToken } from "./collect/extreme-tokens.js";
import { html, type Markup, type Piece } from "./markup.js";
import { tableOf } from "./tables.js";

/** A column between the token and its context. */
export interface TokenColumn<Name extends string> {
  readonly heading: string;
  readonly cell: (token: ExtremeToken<Name>) => Piece;
}

/** @param first the column of the value that ranks the tokens */
export function tokenTable<Name extends string>(
  tokens: readonly ExtremeToken<Name>[],
  first: TokenColumn<Name>,
  columns: readonly TokenColumn<Name>[],
): Markup {
  return tableOf(
    [first.heading, "row", "token", ...columns.map(({ heading }) => heading), "in context"],
    tokens.map((token) => [
      first.cell(token),
      String(token.row),
      shownToken(token),
      ...columns.map(({ cell }) => cell(token)),
      html`<div class="context">${contextOf(token)}</div>`,
    ]),
  );
}

/** @returns the token's text with its spaces, or its id if there is no text */
export function shownToken({ id, text }: PlainToken): Markup {
  return text === null || text === "" ? html`<span class="id">#${id}</span>` : html`<code class="token">${text}</code>`;
}

function contextOf(token: ExtremeToken<string>): Markup {
  const { before, after } = token;
  return html`${joined(before)}<mark>${written(token)}</mark>${joined(after)}`;
}

/** Texts are concatenated; ids are separated by spaces. */
function joined(tokens: readonly PlainToken[]): Piece {
  return tokens.map(written);
}

function written({ id, text }: PlainToken): string {
  return text ?? ` ${id} `;
}

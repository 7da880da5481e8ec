/** Templates that escape their values, so that no token's text can become a tag. */
import { printable } from "../text.js";

/** Markup, which templates insert unescaped. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A value in a template: text and numbers are escaped, false and undefined are dropped. */
export type Piece = Markup | string | number | false | undefined | readonly Piece[];

/** A template tag. Values may stand in element content and in double-quoted attributes, in HTML and in SVG. */
export function html(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  return new Markup(strings.reduce((text, string, index) => text + written(pieces[index - 1]) + string));
}

function written(piece: Piece): string {
  if (piece === undefined || piece === false) return "";
  if (piece instanceof Markup) return piece.text;
  return typeof piece === "object" ? piece.map(written).join("") : escaped(String(piece));
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/**
 * Escapes text for HTML. Control characters become signs ({@link printable}); lone surrogates, which UTF-8 cannot encode, become
 * replacement characters.
 */
function escaped(text: string): string {
  return printable(text)
    .replace(/\p{Surrogate}/gu, "\ufffd")
    .replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}

/** Markup as templates that escape what is put into them, so that no text of a token can become a tag. */
import { printable } from "../text.js";

/** Markup that is put into other markup as it is. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What a template takes: text and numbers are escaped, false and undefined are nothing. */
export type Piece = Markup | string | number | false | undefined | readonly Piece[];

/** Valid for element content and for attributes in double quotes, in HTML and in SVG. */
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
 * On one line, control characters as signs ({@link printable}), halves of surrogate pairs as replacement characters: no file in
 * UTF-8 can hold them.
 */
function escaped(text: string): string {
  return printable(text)
    .replace(/\p{Surrogate}/gu, "\ufffd")
    .replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}

import { html, type Markup, type Piece } from "./markup.js";

/** @returns a table with a row of headings; it scrolls sideways when it is wider than the screen */
export function tableOf(headings: readonly Piece[], lines: readonly (readonly Piece[])[]): Markup {
  return html`
<div class="scroll" tabindex="0" role="group" aria-label="Table"><table class="figures">
<thead><tr>${headings.map((heading) => html`<th scope="col">${heading}</th>`)}</tr></thead>
<tbody>
${lines.map((cells) => html`<tr>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>\n`)}</tbody>
</table></div>`;
}

/** @returns a table with a column of names and a column of values */
export function pairTable(caption: string, pairs: readonly (readonly [name: string, value: Piece])[]): Markup {
  return html`
<table class="pairs">
<caption>${caption}</caption>
<tbody>
${pairs.map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>\n`)}</tbody>
</table>`;
}

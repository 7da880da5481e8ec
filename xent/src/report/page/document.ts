/** The HTML document around the figures. It is self-contained: it loads nothing and runs no script. */
import { grouped } from "./charts/text-axis.js";
import { html, Markup, type Piece } from "./markup.js";
import type { ReportMeta } from "./report-meta.js";
import { STYLE } from "./style.js";
import { pairTable } from "./tables.js";

/** A figure at the top of the page. */
export interface Headline {
  readonly name: string;
  readonly value: string;
  /** Shown below in small print. */
  readonly note?: string | undefined;
}

/** Content security policy: forbids loading, scripts and forms, none of which the page needs. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

export function documentOf(meta: ReportMeta, headlines: readonly Headline[], notes: readonly Piece[], body: Piece): string {
  const { title, facts, partial } = meta;
  const warnings = [partial !== undefined && `Interrupted: ${grouped(partial.done)} of ${grouped(partial.of)} rows.`, ...notes];
  const shown = warnings.filter((warning) => warning !== false && warning !== undefined);
  // the empty icon keeps browsers from requesting one
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${shown.map((warning) => html`<p class="note">${warning}</p>\n`)}
<dl class="headlines">
${headlines.map(({ name, value, note }) => html`<div><dt>${name}</dt><dd>${value}${note && html`<small>${note}</small>`}</dd></div>\n`)}</dl>
${body}
<footer>${pairTable("Inputs and options", facts)}</footer>
</main>
</body>
</html>
`;
  return page.text;
}

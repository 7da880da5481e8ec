/** A short text with each token shaded by its value. */
import { contrast, type Rgb, SHADES } from "../shading.js";
import type { TextToken } from "./collect/short-text.js";
import { html, Markup } from "./markup.js";

/** Maps values to the eight shades and to text. */
export interface HeatScale {
  readonly id: string;
  readonly title: string;
  readonly explanation: string;
  /** Upper ends of all shades but the last, ascending. */
  readonly below: readonly number[];
  /** One label per shade. */
  readonly labels: readonly string[];
  readonly written: (value: number) => string;
}

/** Shades for a dark background, where calm is dark and lightness rises from step to step. */
const DARK: readonly Rgb[] = [
  [0x1c, 0x22, 0x28],
  [0x2c, 0x30, 0x2c],
  [0x45, 0x3a, 0x20],
  [0x68, 0x4a, 0x1c],
  [0x93, 0x5a, 0x20],
  [0xc0, 0x62, 0x2c],
  [0xe8, 0x78, 0x58],
  [0xff, 0xb3, 0xa6],
];

const NAN_SHADE: Rgb = [0xd0, 0x3c, 0xd8];

export function heatMap(tokens: readonly TextToken[], { id, title, explanation, below, labels, written }: HeatScale): Markup {
  const shown = tokens.map(({ text, value }, row) => {
    // a line break is shown as a sign, followed by a real break
    const parts = text.split(/(?<=\n)/).map((part) => html`${part}${part.endsWith("\n") && new Markup("\n")}`);
    if (value === undefined) return html`<span>${parts}</span>`;
    return html`<span class="${shadeClass(value, below)}" title="row ${row}: ${written(value)}">${parts}</span>`;
  });
  return html`
<section aria-labelledby="${id}">
<h2 id="${id}">${title}</h2>
<p class="explanation">${explanation}</p>
<style>${new Markup(shadeStyle())}</style>
<ul class="shades" aria-label="Shades">${labels.map((label, shade) => html`<li class="s${shade}">${label}</li>`)}</ul>
<div class="passage">${shown}</div>
</section>`;
}

function shadeClass(value: number, below: readonly number[]): string {
  if (Number.isNaN(value)) return "nan";
  const shade = below.findIndex((end) => value < end);
  return `s${shade < 0 ? below.length : shade}`;
}

function shadeStyle(): string {
  const light = SHADES.map(({ rgb }) => rgb);
  const rules = (shades: readonly Rgb[]) => shades.map((rgb, shade) => `.s${shade} { ${colours(rgb)} }`).join("\n");
  return `
${rules(light)}
.nan { ${colours(NAN_SHADE)} }
@media (prefers-color-scheme: dark) {
${rules(DARK)}
}
`;
}

/** Text is black or white, whichever contrasts more with the shade. */
function colours(rgb: Rgb): string {
  const isLight = contrast(rgb, [0, 0, 0]) >= contrast(rgb, [255, 255, 255]);
  return `background: rgb(${rgb.join(" ")}); color: ${isLight ? "#000" : "#fff"}`;
}

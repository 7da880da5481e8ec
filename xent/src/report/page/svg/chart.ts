/** A chart with two axes, drawn for wide and for narrow screens: scaled down, its text would be unreadable on a phone. */
import { html, type Markup } from "../markup.js";
import { tenths } from "./marks.js";
import { type Axis, type Scale, scaleOf, type Tick } from "./scales.js";

/** The marks and the texts of a chart. */
export interface Chart {
  /** Unique on the page. */
  readonly id: string;
  readonly title: string;
  /** For screen readers: what the chart shows, with its main figures. */
  readonly description: string;
  /** Shown below the chart: how to read it. */
  readonly caption: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly marks: (place: Places) => readonly Markup[];
  /** Explains the marks, if there are several kinds. */
  readonly legend?: readonly LegendEntry[];
  /** The figures as a folded table. */
  readonly table?: Markup;
}

export interface LegendEntry {
  readonly label: string;
  /** CSS classes of the mark. */
  readonly mark: string;
}

/** Maps values to pixels. */
export interface Places {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
}

interface Size {
  readonly name: "wide" | "narrow";
  readonly width: number;
  readonly height: number;
  /** Least pixels between ticks of the x axis. */
  readonly spacing: number;
}

const SIZES: readonly Size[] = [
  { name: "wide", width: 720, height: 260, spacing: 90 },
  { name: "narrow", width: 336, height: 230, spacing: 70 },
];

const TOP = 26;
const RIGHT = 20;
const BOTTOM = 42;

/** Width of one digit. */
const DIGIT = 7;

/** Space around the labels of the y axis. */
const GAP = 14;

const Y_TICKS = 5;

export function figureOf(chart: Chart): Markup {
  const { id, title, caption, legend, table } = chart;
  const entries = (legend ?? []).map(
    ({ label, mark }) =>
      html`<li><svg aria-hidden="true" width="26" height="12"><path class="${mark}" d="M3 6H23"/></svg>${label}</li>`,
  );
  return html`
<section aria-labelledby="${id}">
<h2 id="${id}">${title}</h2>
<figure>
${entries.length > 0 && html`<ul class="legend">${entries}</ul>`}
${SIZES.map((size) => drawing(chart, size))}
<figcaption>${caption}</figcaption>
</figure>
${table && html`<details><summary>Figures</summary>${table}</details>`}
</section>`;
}

function drawing({ id, title, description, x, y, marks }: Chart, { name, width, height, spacing }: Size): Markup {
  const bottom = height - BOTTOM;
  const yScale = scaleOf(y, bottom, TOP, Y_TICKS);
  const left = GAP + DIGIT * Math.max(...yScale.ticks.map(({ label }) => label.length));
  const right = width - RIGHT;
  const xScale = scaleOf(x, left, right, Math.floor((right - left) / spacing));
  const own = `${id}-${name}`;
  return html`
<svg class="chart ${name}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${own}-title ${own}-desc">
<title id="${own}-title">${title}</title>
<desc id="${own}-desc">${description}</desc>
<clipPath id="${own}-plot"><rect x="${left}" y="${TOP - 5}" width="${right - left}" height="${bottom - TOP + 7}"/></clipPath>
<g class="grid">${yScale.ticks.map(({ at }) => html`<path d="M${left} ${tenths(at)}H${right}"/>`)}</g>
<g clip-path="url(#${own}-plot)">${marks({ x: xScale.place, y: yScale.place })}</g>
<path class="axis" d="M${left} ${bottom}H${right}"/>
<g class="labels">
${yLabels(yScale, left)}
${xLabels(xScale.ticks, bottom)}
<text x="0" y="12">${y.title}</text>
<text x="${right}" y="${height - 6}" text-anchor="end">${x.title}</text>
</g>
</svg>`;
}

function yLabels({ ticks }: Scale, left: number): readonly Markup[] {
  return ticks.map(({ at, label }) => html`<text x="${left - 6}" y="${tenths(at + 4)}" text-anchor="end">${label}</text>`);
}

function xLabels(ticks: readonly Tick[], bottom: number): readonly Markup[] {
  return ticks.map(
    ({ at, label }) =>
      html`<path class="axis" d="M${tenths(at)} ${bottom}v4"/><text x="${tenths(at)}" y="${bottom + 17}" text-anchor="middle">${label}</text>`,
  );
}

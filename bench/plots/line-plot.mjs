/** A picture of lines on logarithmic axes, as SVG. */
import * as vega from "vega";

/**
 * @typedef {object} Series
 * @property {string} label
 * @property {string} colour
 * @property {boolean} [dashed]
 * @property {readonly { x: number, y: number }[]} points above 0, by rising x
 *
 * @typedef {object} Axis
 * @property {string} title with the unit
 * @property {number[]} ticks labelled values; the first and the last are the ends of the axis
 * @property {"log" | "linear"} [scale] default log
 *
 * @typedef {object} Plot
 * @property {string} title
 * @property {Axis} x
 * @property {Axis} y
 * @property {readonly Series[]} series in the order of the legend
 */

/**
 * Text and grid in colours that follow the theme of the page; the style overrides the attributes that vega writes. The colours of
 * the lines are visible in both themes.
 */
const THEME = `<style>
text { fill: #1f2328 }
.role-axis-grid line { stroke: #d0d7de }
.role-axis-domain line, .role-axis-tick line { stroke: #818b98 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .role-axis-grid line { stroke: #30363d }
}
</style>`;

/** Rounded to a hundredth of a pixel, because vega's further digits depend on the processor. */
const FRACTION = /-?\d+\.\d{3,}/g;

/**
 * Draws a plot; the same plot gives the same text.
 *
 * @param {Plot} plot
 * @returns {Promise<string>} an SVG document
 */
export async function linePlot(plot) {
  vega.resetSVGDefIds();
  const view = new vega.View(vega.parse(specOf(plot)), { renderer: "none" });
  const svg = await view.toSVG();
  view.finalize();
  const rounded = svg.replace(FRACTION, (number) => String(Number(Number(number).toFixed(2))));
  return `${rounded.replace(/(<svg[^>]*>)/, `$1\n${THEME}\n`)}\n`;
}

/**
 * @param {Plot} plot
 * @returns {vega.Spec}
 */
function specOf({ title, x, y, series }) {
  const labels = series.map(({ label }) => label);
  const values = series.flatMap(({ label, points }) => points.map((point) => ({ ...point, label })));
  /** @type {vega.LineMark["encode"]} */
  const line = {
    enter: {
      x: { scale: "x", field: "x" },
      y: { scale: "y", field: "y" },
      stroke: { scale: "colour", field: "label" },
      strokeDash: { scale: "dash", field: "label" },
      strokeWidth: { value: 2 },
    },
  };
  /** @type {vega.SymbolMark["encode"]} */
  const symbol = {
    enter: {
      x: { scale: "x", field: "x" },
      y: { scale: "y", field: "y" },
      fill: { scale: "colour", field: "label" },
      size: { value: 20 },
    },
  };
  return {
    $schema: "https://vega.github.io/schema/vega/v6.json",
    width: 560,
    height: 340,
    padding: 8,
    title: { text: title, anchor: "start", fontSize: 14, fontWeight: 600, offset: 12 },
    config: { axis: { labelFontSize: 11, titleFontSize: 12 }, legend: { labelFontSize: 11, labelLimit: 0 } },
    data: [{ name: "points", values }],
    scales: [
      positionScale("x", x, "width"),
      positionScale("y", y, "height"),
      { name: "colour", type: "ordinal", domain: labels, range: series.map(({ colour }) => colour) },
      { name: "dash", type: "ordinal", domain: labels, range: series.map(({ dashed }) => (dashed ? [5, 4] : [1, 0])) },
    ],
    axes: [
      { scale: "x", orient: "bottom", title: x.title, values: x.ticks, grid: true, format: "~s", labelOverlap: true },
      { scale: "y", orient: "left", title: y.title, values: y.ticks, grid: true, format: "~g" },
    ],
    legends: [{ stroke: "colour", strokeDash: "dash", symbolType: "stroke", orient: "right", symbolStrokeWidth: 2 }],
    marks: [
      {
        type: "group",
        from: { facet: { name: "line", data: "points", groupby: "label" } },
        marks: [
          { type: "line", from: { data: "line" }, encode: line },
          { type: "symbol", from: { data: "line" }, encode: symbol },
        ],
      },
    ],
  };
}

/**
 * @param {string} name
 * @param {Axis} axis
 * @param {"width" | "height"} range
 * @returns {vega.Scale}
 */
function positionScale(name, { ticks, scale = "log" }, range) {
  return { name, type: scale, domain: [ticks[0], ticks[ticks.length - 1]], range };
}

/**
 * @param {readonly number[]} values above 0
 * @param {readonly number[]} steps of a decade: [1] or [1, 2, 5]
 * @returns {number[]} round numbers from the last one at or below all values to the first at or above
 */
export function logTicks(values, steps) {
  const [least, greatest] = [Math.min(...values), Math.max(...values)];
  const ticks = [];
  for (let exponent = Math.floor(Math.log10(least)); 10 ** exponent <= greatest * 10; exponent++) {
    for (const step of steps) ticks.push(Number(`${step}e${exponent}`));
  }
  const first = ticks.findLastIndex((tick) => tick <= least);
  const last = ticks.findIndex((tick) => tick >= greatest);
  return ticks.slice(first, Math.max(last, first + 1) + 1);
}

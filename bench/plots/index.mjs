/** The pictures of the documents: one per function of each suite with an x axis, and version of Node. */
import { stemOf } from "../../xent/build/bench/format.js";
import { linePlot, logTicks } from "./line-plot.mjs";

/**
 * @typedef {import("../../xent/build/bench/types.js").Result} Result
 * @typedef {import("../../xent/build/bench/types.js").LineFigures} LineFigures
 * @typedef {import("../../xent/build/bench/types.js").Figures} Figures
 * @typedef {{ path: string, alt: string, svg: () => Promise<string> }} Picture path: from the root of the clone
 */

/** The title of the x axis, for suites that have one. @type {Record<string, string>} */
const ALONG = { sweep: "classes (a million logits in all)", elements: "classes of one row" };

/**
 * Colours that differ clearly on a light and on a dark page; data in JS arrays is dashed. By id, so that a contender looks
 * the same in every picture.
 *
 * @type {Record<string, { colour: string, dashed?: boolean }>}
 */
const STYLES = {
  "js-loop": { colour: "#8c959f" },
  "plain-js": { colour: "#4493f8", dashed: true },
  "plain-memory": { colour: "#4493f8" },
  "relaxed-js": { colour: "#e5534b", dashed: true },
  "relaxed-memory": { colour: "#e5534b" },
  "c-fma": { colour: "#2da44e", dashed: true },
  "c-fma-blocks": { colour: "#2da44e" },
};

/** Style of contenders without a colour of their own. */
const OTHER = { colour: "#a371f7" };

/**
 * @param {readonly Result[]} results
 * @returns {Picture[]}
 */
export function picturesOf(results) {
  return results.filter(({ name }) => name in ALONG).flatMap((result) => groupsOf(result).map((group) => picture(result, group)));
}

/**
 * @param {Result} result
 * @returns {string[]} the labels of the groups, which follow the shape in the labels of the lines
 */
function groupsOf({ shapes }) {
  return [...new Set(shapes.map(groupOf))];
}

/** @param {LineFigures} line */
function groupOf({ label = "" }) {
  return label.replace(/^\d+ x \d+, /, "");
}

/**
 * @param {Result} result
 * @param {string} group
 * @returns {Picture}
 */
function picture(result, group) {
  const { runtime, cpu } = result.environment;
  const lines = result.shapes.filter((line) => groupOf(line) === group);
  const title = `${group}, Node ${runtime.major}, ${cpu}`;
  return {
    path: `docs/plots/${stemOf(result)}-${group.replaceAll(" ", "-")}.svg`,
    alt: `Nanoseconds an element by ${ALONG[result.name]}: ${title}`,
    svg: () => linePlot(plotOf(title, ALONG[result.name], lines)),
  };
}

/**
 * @param {string} title
 * @param {string} along
 * @param {readonly LineFigures[]} lines
 * @returns {import("./line-plot.mjs").Plot}
 */
function plotOf(title, along, lines) {
  /** @type {Map<string, { label: string, points: { x: number, y: number }[] }>} */
  const series = new Map();
  for (const { classes, contenders } of lines) {
    for (const { id, label, nsPerElement } of contenders) {
      const { points } = series.get(id) ?? { points: [] };
      series.set(id, { label, points: [...points, { x: classes, y: nsPerElement.median }] });
    }
  }
  const points = [...series.values()].flatMap((one) => one.points);
  return {
    title,
    x: {
      title: along,
      ticks: logTicks(
        points.map(({ x }) => x),
        [1],
      ),
    },
    y: {
      title: "ns an element",
      ticks: logTicks(
        points.map(({ y }) => y),
        [1, 2, 5],
      ),
    },
    series: Array.from(series, ([id, one]) => ({ ...one, ...(STYLES[id] ?? OTHER) })),
  };
}

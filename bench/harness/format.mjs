/** Figures as text: three significant digits (two of small ones), which is what the noise leaves. */

/** @param {number} value above 0 */
export function threeDigits(value) {
  // rounded first, so that 9.996 is 10.0 and not 10.00
  const rounded = Number(value.toPrecision(3));
  if (rounded >= 100) return rounded.toFixed(0);
  if (rounded >= 10) return rounded.toFixed(1);
  if (rounded >= 1) return rounded.toFixed(2);
  if (rounded >= 0.1) return rounded.toFixed(3);
  return String(Number(value.toPrecision(2)));
}

/** @param {import("./types.mjs").Spread} spread */
export function quartiles({ q1, q3 }) {
  return `${threeDigits(q1)}-${threeDigits(q3)}`;
}

/** @param {{ rows: number, classes: number }} shape */
export function shapeName({ rows, classes }) {
  return `${rows} x ${classes}`;
}

/** @param {number} error */
export function rowError(error) {
  return error === 0 ? "0" : error.toExponential(1);
}

/**
 * What was measured on, in one sentence.
 *
 * @param {import("./types.mjs").Result} result
 */
export function machine({ environment: { cpu, cores, platform, runtime, package: measured }, options, date }) {
  const flags = runtime.flags.length > 0 ? ` ${runtime.flags.join(" ")}` : "";
  const commit = measured.commit ? `, commit ${measured.commit}${measured.modified ? " with changes" : ""}` : "";
  return (
    `Node ${runtime.version}${flags}, one thread of ${cores} on ${cpu} (${platform}), version ${measured.version}${commit}, ` +
    `${date.slice(0, 10)}, medians of ${options.rounds} rounds`
  );
}

/** The columns of the table of everything, in a terminal and in Markdown. */
export const DETAIL_COLUMNS = [
  { heading: "rows x classes", align: /** @type {const} */ ("left") },
  { heading: "contender", align: /** @type {const} */ ("left") },
  { heading: "ns/element", align: /** @type {const} */ ("right") },
  { heading: "quartiles", align: /** @type {const} */ ("right") },
  { heading: "x JS loop", align: /** @type {const} */ ("right") },
  { heading: "quartiles", align: /** @type {const} */ ("right") },
  { heading: "Gelement/s", align: /** @type {const} */ ("right") },
  { heading: "GB/s", align: /** @type {const} */ ("right") },
  { heading: "row error", align: /** @type {const} */ ("right") },
];

/**
 * One line a contender.
 *
 * @param {import("./types.mjs").ShapeFigures} shape
 * @returns {string[][]}
 */
export function detailCells(shape) {
  return shape.contenders.map((figures, index) => [
    index === 0 ? shapeName(shape) : "",
    figures.label,
    threeDigits(figures.nsPerElement.median),
    quartiles(figures.nsPerElement),
    threeDigits(figures.ratio.median),
    quartiles(figures.ratio),
    threeDigits(figures.elementsPerSecond / 1e9),
    threeDigits(figures.gigabytesPerSecond),
    rowError(figures.rowError),
  ]);
}

/** The sections on the time to the first loss and on sizes in the documents. */
import { machine, threeDigits } from "../../xent/build/bench/format.js";
import { markdownTable } from "./markdown.mjs";

/**
 * @typedef {import("../../xent/build/bench/types.js").Environment} Environment
 * @typedef {import("../../xent/build/bench/types.js").Spread} Spread
 *
 * @typedef {object} Size
 * @property {number} bytes
 * @property {number} gzipped bytes at gzip level 9
 *
 * @typedef {object} StartResult contents of bench/results/start-node24.json
 * @property {1} schema
 * @property {"start"} name
 * @property {string} date ISO 8601
 * @property {Environment} environment
 * @property {{ rounds: number }} options
 * @property {{ empty: Spread, imported: Spread, firstLoss: Spread }} milliseconds of whole processes
 * @property {{ imported: Spread, firstLoss: Spread }} longer milliseconds more than the empty process of the same round
 * @property {{ tarball: number, crossEntropy: Size, everything: Size, kernels: Record<string, Size> }} sizes
 */

/**
 * @param {readonly StartResult[]} results one line each; the sizes are those of the newest
 * @returns {string} Markdown
 */
export function startSection(results) {
  if (results.length === 0) return "Not measured yet: `npm run bench:start`.";
  const newest = results.reduce((latest, result) => (result.date > latest.date ? result : latest));
  const machines = results.map((result) => `${machine(result)}.`).join(" ");
  return [timeTable(results), machines, sizeTable(newest)].join("\n\n");
}

/** @param {readonly StartResult[]} results */
function timeTable(results) {
  const headings = ["empty module, ms", "import, ms more", "quartiles", "import and first loss, ms more", "quartiles"];
  return markdownTable({
    columns: [
      { heading: "Node", align: "left" },
      ...headings.map((heading) => ({ heading, align: /** @type {const} */ ("right") })),
    ],
    lines: results.map(({ environment, milliseconds, longer }) => [
      environment.runtime.version,
      threeDigits(milliseconds.empty.median),
      ...[longer.imported, longer.firstLoss].flatMap((more) => [
        more.median.toFixed(1),
        `${more.q1.toFixed(1)}-${more.q3.toFixed(1)}`,
      ]),
    ]),
  });
}

/** @param {StartResult} result */
function sizeTable({ sizes: { tarball, crossEntropy, everything, kernels } }) {
  const right = /** @type {const} */ ("right");
  const line = (/** @type {string} */ name, /** @type {Size} */ { bytes, gzipped }) => [name, String(bytes), String(gzipped)];
  return markdownTable({
    columns: [
      { heading: "size", align: "left" },
      { heading: "bytes", align: right },
      { heading: "gzipped", align: right },
    ],
    lines: [
      ["tarball", "", String(tarball)],
      line('bundle of `import { crossEntropy } from "wasm-cross-entropy"`', crossEntropy),
      line("bundle of everything", everything),
      ...Object.entries(kernels).map(([name, size]) => line(`\`${name}\`, the kernels of all functions`, size)),
    ],
  });
}

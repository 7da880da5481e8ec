/** The section on files in the documents: the throughput of `xent score`, and its memory. */
import { machine, threeDigits } from "../../xent/build/bench/format.js";
import { markdownTable } from "./markdown.mjs";

/**
 * @typedef {import("../../xent/build/bench/types.js").Environment} Environment
 * @typedef {import("../../xent/build/bench/types.js").Spread} Spread
 *
 * @typedef {object} FileFigures
 * @property {string} label
 * @property {number} bytes of logits read
 * @property {Spread} seconds of the process
 * @property {number} gigabytesPerSecond
 * @property {number | null} peakBytes its peak memory, if known
 *
 * @typedef {object} FilesResult contents of bench/results/files-node24.json
 * @property {1} schema
 * @property {"files"} name
 * @property {string} date ISO 8601
 * @property {Environment} environment
 * @property {{ bytes: number, rows: number, partRows: number, classes: number, rounds: number }} options
 * @property {Record<string, string>} missing contenders that did not run, and why
 * @property {FileFigures[]} contenders
 * @property {{ rowsDone: number, peakBytes: number | null }} interrupted the run that was interrupted and resumed
 */

/**
 * @param {readonly FilesResult[]} results
 * @returns {string} Markdown
 */
export function filesSection(results) {
  if (results.length === 0) return "Not measured yet: `npm run bench:files`.";
  return results.map(sectionOf).join("\n\n");
}

/** @param {FilesResult} result */
function sectionOf(result) {
  const { options, contenders, interrupted, missing } = result;
  const right = /** @type {const} */ ("right");
  const table = markdownTable({
    columns: [
      { heading: "", align: "left" },
      { heading: "rows", align: right },
      { heading: "seconds", align: right },
      { heading: "GB/s", align: right },
      { heading: "peak memory, MB", align: right },
    ],
    lines: contenders.map(({ label, bytes, seconds, gigabytesPerSecond, peakBytes }) => [
      label,
      String(Math.round(bytes / options.classes / 2)),
      threeDigits(seconds.median),
      threeDigits(gigabytesPerSecond),
      peakBytes === null ? "" : String(Math.round(peakBytes / 1e6)),
    ]),
  });
  const absent = Object.entries(missing).map(([name, reason]) => ` Not run: ${name} (${reason}).`);
  return [
    `${options.rows} rows of ${options.classes} classes in bfloat16, ${threeDigits((options.rows * options.classes * 2) / 1e9)} GB. ` +
      `${machine(result, "all threads")}.`,
    table,
    `The totals had the same bits for every number of threads, and after an interruption at row ${interrupted.rowsDone} ` +
      `and --resume.${absent.join("")}`,
  ].join("\n\n");
}

import { parseArgs } from "node:util";

export const HELP = `Usage: npm run bench -- [suite...] [options]

  --full             more and longer rounds (for published figures), and all suites; without it a quick run
  --shapes LIST      rows x classes instead of the suite's, such as 4096x10,64x151936
  --variant V        plain, relaxed or both (default): which builds of the kernels
  --rounds N         rounds that count
  --min-time MS      least milliseconds of a sample
  --json FILE        write the figures there, not to bench/results (one suite only)
  --help
`;

/** @type {Record<"quick" | "full", import("../../xent/build/bench/types.js").Settings>} */
const SETTINGS = {
  quick: { mode: "quick", rounds: 11, minTime: 0.02, warmUpRounds: 15 },
  full: { mode: "full", rounds: 41, minTime: 0.06, warmUpRounds: 30 },
};

/** A wrong option: reported with the help text, exit code 2. */
export class UsageError extends Error {}

/**
 * @typedef {object} Options
 * @property {string[]} suites names; empty: all
 * @property {import("../../xent/build/bench/types.js").Shape[] | undefined} shapes
 * @property {"plain" | "relaxed" | "both"} variant
 * @property {import("../../xent/build/bench/types.js").Settings} settings
 * @property {string | undefined} json
 * @property {boolean} whole whether the run has the usual shapes, builds and times, as bench/results requires
 * @property {boolean} help
 */

/**
 * @param {string[]} args
 * @returns {Options}
 * @throws {UsageError}
 */
export function parseOptions(args) {
  const { values, positionals } = parsed(args);
  const settings = { ...SETTINGS[values.full ? "full" : "quick"] };
  if (values.rounds !== undefined) settings.rounds = positive("--rounds", values.rounds, Number.isSafeInteger);
  if (values["min-time"] !== undefined) settings.minTime = positive("--min-time", values["min-time"], Number.isFinite) / 1000;
  return {
    suites: positionals,
    shapes: values.shapes?.split(",").map(shape),
    variant: variant(values.variant ?? "both"),
    settings,
    json: values.json,
    whole: [values.shapes, values.variant, values.rounds, values["min-time"]].every((value) => value === undefined),
    help: values.help ?? false,
  };
}

/** @param {string[]} args */
function parsed(args) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        full: { type: "boolean" },
        shapes: { type: "string" },
        variant: { type: "string" },
        rounds: { type: "string" },
        "min-time": { type: "string" },
        json: { type: "string" },
        help: { type: "boolean" },
      },
    });
  } catch (error) {
    throw new UsageError(/** @type {Error} */ (error).message);
  }
}

/**
 * @param {string} text
 * @returns {import("../../xent/build/bench/types.js").Shape}
 */
function shape(text) {
  const match = /^\s*([1-9]\d*)x([1-9]\d*)\s*$/.exec(text);
  if (!match) throw new UsageError(`--shapes: expected rows x classes such as 4096x10, got ${JSON.stringify(text)}`);
  return { rows: Number(match[1]), classes: Number(match[2]) };
}

/** @param {string} text */
function variant(text) {
  if (text !== "plain" && text !== "relaxed" && text !== "both") {
    throw new UsageError(`--variant: expected plain, relaxed or both, got ${JSON.stringify(text)}`);
  }
  return text;
}

/** @param {string} name @param {string} text @param {(value: number) => boolean} allowed */
function positive(name, text, allowed) {
  const value = Number(text);
  if (!allowed(value) || value <= 0) throw new UsageError(`${name}: expected a number above 0, got ${JSON.stringify(text)}`);
  return value;
}

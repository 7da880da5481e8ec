import { parseArgs } from "node:util";
import { DEFAULTS } from "./training.mjs";

export const HELP = `Usage: npm run train -- [options]

  --steps N      training steps (${DEFAULTS.steps})
  --batch N      bytes predicted per step, a multiple of 4 (${DEFAULTS.batch})
  --seed N       seed of the initial weights and the order of positions (${DEFAULTS.seed})
  --reference    loss and gradient from wasm-cross-entropy/reference: plain JavaScript, f64
  --json         the result as JSON
  --help
`;

/** An invalid option. The command prints the message and exits with code 2. */
export class UsageError extends Error {}

/**
 * @param {string[]} args
 * @throws {UsageError}
 */
export function parseOptions(args) {
  const values = parsed(args);
  const batch = integer("--batch", values.batch, DEFAULTS.batch, 4);
  if (batch % 4 !== 0) throw new UsageError(`--batch: expected a multiple of 4, got ${batch}`);
  return {
    settings: {
      ...DEFAULTS,
      batch,
      steps: integer("--steps", values.steps, DEFAULTS.steps, 1),
      seed: integer("--seed", values.seed, DEFAULTS.seed, 0),
    },
    reference: values.reference ?? false,
    json: values.json ?? false,
    help: values.help ?? false,
  };
}

/** @param {string[]} args */
function parsed(args) {
  try {
    return parseArgs({
      args,
      options: {
        steps: { type: "string" },
        batch: { type: "string" },
        seed: { type: "string" },
        reference: { type: "boolean" },
        json: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    throw new UsageError(/** @type {Error} */ (error).message);
  }
}

/**
 * @param {string} name
 * @param {string | undefined} value
 * @param {number} fallback
 * @param {number} least
 */
function integer(name, value, fallback, least) {
  if (value === undefined) return fallback;
  const number = Number(value);
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(number) || number < least) {
    throw new UsageError(`${name}: expected an integer from ${least}, got ${JSON.stringify(value)}`);
  }
  return number;
}

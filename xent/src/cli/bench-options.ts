import type { Command } from "commander";
import type { Settings, Shape } from "../bench/types.js";
import { InputError } from "../files/input-error.js";
import { isCount, isPositive, numberOption } from "./options.js";

/** Elements of the greatest shape: of logits and gradients each, twice in JS arrays and twice in memory. */
const MOST_ELEMENTS = 2 ** 26;

/** Options of `xent bench`, checked. */
export interface BenchOptions {
  readonly shapes: readonly Shape[] | undefined;
  readonly settings: Settings;
  readonly json: boolean;
}

/** The options as they are given. */
export interface BenchFlags {
  readonly rows?: number;
  readonly classes?: number;
  readonly rounds: number;
  readonly minTime: number;
  readonly json?: boolean;
}

/** Adds options and help of `xent bench`. */
export function addBenchOptions(command: Command): Command {
  const count = (flags: string, description: string) => numberOption(flags, description, "an integer above 0", isCount);
  return command
    .summary("the library's speed on this machine, against a plain JS loop")
    .description(
      `Times the library on this machine and runtime against a plain JS loop: the loss, alone and with its gradient, with each build of the kernels that runs here, from JS arrays and from arrays in the WASM memory. Half a minute. Every contender is first held against the loop's losses in f64 and is then timed in turns with the others; figures are medians.`,
    )
    .addOption(count("--rows <N>", "rows of one shape instead of the usual three; with --classes"))
    .addOption(count("--classes <N>", "its classes"))
    .addOption(count("--rounds <N>", "samples of each contender").default(7))
    .addOption(numberOption("--min-time <N>", "least milliseconds of a sample", "a number above 0", isPositive).default(20))
    .option("--json", "print one JSON object, with every sample");
}

/** @throws InputError for options that do not fit together */
export function benchOptions({ rows, classes, rounds, minTime, json = false }: BenchFlags): BenchOptions {
  const settings: Settings = { mode: "quick", rounds, minTime: minTime / 1000, warmUpRounds: 15 };
  return { shapes: shapesOf(rows, classes), settings, json };
}

function shapesOf(rows: number | undefined, classes: number | undefined): Shape[] | undefined {
  if (rows === undefined && classes === undefined) return undefined;
  if (rows === undefined || classes === undefined) throw new InputError("--rows and --classes: expected both or none");
  if (rows * classes > MOST_ELEMENTS) {
    throw new InputError(`--rows ${rows} --classes ${classes}: expected at most ${MOST_ELEMENTS} logits, got ${rows * classes}`);
  }
  return [{ rows, classes }];
}

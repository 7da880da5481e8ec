import type { Command } from "commander";
import type { Settings, Shape } from "../bench/types.js";
import { InputError } from "../files/input-error.js";
import { isCount, isPositive, numberOption } from "./options.js";

/** Largest allowed rows x classes: the bench holds logits and gradients of that size in JS arrays and again in WASM memory. */
const MOST_ELEMENTS = 2 ** 26;

/** Options of `xent bench`, checked. */
export interface BenchOptions {
  readonly shapes: readonly Shape[] | undefined;
  readonly settings: Settings;
  readonly json: boolean;
}

/** The options as commander parses them. */
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
      `Times the library on this machine and runtime against a plain JS loop: the loss, alone and with its gradient, for each build of the kernels that runs here, on JS arrays and on arrays in WASM memory. Takes about half a minute. Each contender's results are first checked against the loop's f64 losses; then the contenders take turns under the clock. Figures are medians.`,
    )
    .addOption(count("--rows <N>", "with --classes: time this one shape instead of the default three"))
    .addOption(count("--classes <N>", "with --rows: classes of that shape"))
    .addOption(count("--rounds <N>", "samples per contender").default(7))
    .addOption(numberOption("--min-time <N>", "minimum milliseconds per sample", "a number above 0", isPositive).default(20))
    .option("--json", "print one JSON object, with every sample");
}

/** @throws InputError when only one of --rows and --classes is given, or when their product is too large */
export function benchOptions({ rows, classes, rounds, minTime, json = false }: BenchFlags): BenchOptions {
  const settings: Settings = { mode: "quick", rounds, minTime: minTime / 1000, warmUpRounds: 15 };
  return { shapes: shapesOf(rows, classes), settings, json };
}

function shapesOf(rows: number | undefined, classes: number | undefined): Shape[] | undefined {
  if (rows === undefined && classes === undefined) return undefined;
  if (rows === undefined || classes === undefined)
    throw new InputError("--rows and --classes: expected both or neither, got only one");
  if (rows * classes > MOST_ELEMENTS) {
    throw new InputError(`--rows ${rows} --classes ${classes}: expected at most ${MOST_ELEMENTS} logits, got ${rows * classes}`);
  }
  return [{ rows, classes }];
}

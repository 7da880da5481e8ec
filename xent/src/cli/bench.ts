import type { HowToMeasure } from "../bench/measure.js";
import type { Result, Settings, Shape } from "../bench/types.js";
import { InputError } from "../files/input-error.js";
import { type ParsedArguments, parseArguments } from "./arguments.js";
import { benchEnvironment } from "./bench-environment.js";
import type { Seams, Terminal } from "./seams.js";

export const BENCH_HELP = `usage: xent bench [options]

Times the package on this machine and runtime against a plain JS loop: the loss, alone and with its
gradient, with each build of the kernels that runs here, from JS arrays and from arrays in the WASM
memory. Half a minute. Every contender is first held against the loop's losses in f64 and is then
timed in turns with the others; figures are medians.

  --rows N      rows of one shape instead of the usual three; with --classes
  --classes N   its classes
  --rounds N    samples of each contender (default 7)
  --min-time N  least milliseconds of a sample (default 20)
  --json        print one JSON object, with every sample
  -h, --help    print this
`;

/** Elements of the greatest shape: of logits and gradients each, twice in JS arrays and twice in memory. */
const MOST_ELEMENTS = 2 ** 26;

interface BenchOptions {
  readonly shapes: readonly Shape[] | undefined;
  readonly settings: Settings;
  readonly json: boolean;
}

/**
 * `xent bench`: times the package here.
 * @throws InputError for options that cannot be understood
 */
export async function bench(argv: readonly string[], terminal: Terminal, seams: Seams): Promise<number> {
  const parsed = parseArguments("bench", argv, {
    rows: "string",
    classes: "string",
    rounds: "string",
    "min-time": "string",
    json: "boolean",
  });
  if (parsed.has("help")) {
    terminal.stdout.write(BENCH_HELP);
    return 0;
  }
  const { shapes, settings, json } = optionsOf(parsed);
  const { measure, text } = await seams.loadBench();
  const { stderr } = terminal;
  const show = (line: string) => {
    if (stderr.isTTY === true) stderr.write(`\r\x1b[K${line}`);
  };
  let result: Result;
  try {
    const how: Omit<HowToMeasure, "makeSampler"> = { shapes, variant: "both", settings, environment: benchEnvironment() };
    result = await measure(how, show);
  } finally {
    show("");
  }
  terminal.stdout.write(json ? `${JSON.stringify(result)}\n` : text(result));
  return 0;
}

function optionsOf(parsed: ParsedArguments): BenchOptions {
  if (parsed.files.length > 0) throw new InputError(`xent bench: expected no file, got ${parsed.files.join(" ")}`);
  const rounds = count(parsed, "rounds") ?? 7;
  const milliseconds = parsed.number("min-time", "a number above 0", (value) => value > 0 && Number.isFinite(value)) ?? 20;
  return {
    shapes: shapesOf(count(parsed, "rows"), count(parsed, "classes")),
    settings: { mode: "quick", rounds, minTime: milliseconds / 1000, warmUpRounds: 15 },
    json: parsed.has("json"),
  };
}

function count(parsed: ParsedArguments, name: string): number | undefined {
  return parsed.number(name, "an integer above 0", (value) => Number.isSafeInteger(value) && value > 0);
}

function shapesOf(rows: number | undefined, classes: number | undefined): Shape[] | undefined {
  if (rows === undefined && classes === undefined) return undefined;
  if (rows === undefined || classes === undefined) throw new InputError("--rows and --classes: expected both or none");
  if (rows * classes > MOST_ELEMENTS) {
    throw new InputError(`--rows ${rows} --classes ${classes}: expected at most ${MOST_ELEMENTS} logits, got ${rows * classes}`);
  }
  return [{ rows, classes }];
}

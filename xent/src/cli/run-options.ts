import { basename } from "node:path";
import { InputError } from "../files/input-error.js";
import { type OptionKinds, type ParsedArguments, parseArguments } from "./arguments.js";
import type { TensorChoice } from "./stream/inputs.js";
import { type TableFormat, tableFormat } from "./tables/format.js";

/** What `xent score` and `xent compare` have in common. */
export interface RunOptions {
  readonly targets: TensorChoice;
  readonly ignoreIndex: number;
  readonly softcap: number | undefined;
  readonly temperature: number | undefined;
  readonly deterministic: boolean;
  /** Workers; undefined: as many as the machine has threads. */
  readonly threads: number | undefined;
  readonly passage: string | undefined;
  readonly tokens: { readonly path: string; readonly format: TableFormat } | undefined;
  readonly report: string | undefined;
  readonly checkpoint: string;
  readonly resume: boolean;
  readonly json: boolean;
  readonly sums: boolean;
  readonly noColor: boolean;
}

export const RUN_OPTION_KINDS = {
  targets: "string",
  "logits-name": "string",
  "targets-name": "string",
  "ignore-index": "string",
  softcap: "string",
  temperature: "string",
  deterministic: "boolean",
  threads: "string",
  passage: "string",
  tokens: "string",
  report: "string",
  checkpoint: "string",
  resume: "boolean",
  json: "boolean",
  sums: "boolean",
  "no-color": "boolean",
} as const satisfies OptionKinds;

/** The part of the help that tells of them. */
export const RUN_OPTIONS_HELP = `\
  --ignore-index N         targets that do not count (default: -100)
  --softcap C              logits become C tanh(x / C) first
  --temperature T          logits are divided by T, after the softcap
  --threads N              worker threads (default: all that the machine has); no bit depends on it
  --deterministic          give the same bits on every machine: no relaxed SIMD
  --tokens FILE            write a table with a row per row of the logits; FILE ends in .jsonl, .csv
                           or .parquet
  --report FILE            write an HTML page with pictures of all this
  --checkpoint FILE        where an interrupted run is kept (default: in this folder, named after
                           the logits and the command)
  --resume                 go on with an interrupted run: the results are those of one, to the bit
  --json                   print one JSON object (NaN and Infinity as null)
  --sums                   in the JSON also what merges with other parts' (docs/files.md)
  --no-color               print no colours; NO_COLOR=1 does the same, FORCE_COLOR=1 the opposite
  -h, --help               print this`;

export const RUN_ENDS_HELP = `\
Files may be .safetensors, .npy or .npz (of np.savez), or shards: a folder of such files, whose
rows follow each other in the order of their names, or its *.index.json. Logits are F32, F16, BF16
or F64, targets any integers. Files are read in parts: memory does not grow with their size.

Results go to stdout, everything else to stderr. Ctrl-C prints what was scored so far and leaves a
checkpoint. Exit code: 0; 2 for input that cannot be used and for logits that hold NaN, with one
line on stderr that says what to do; 1 for output that cannot be written; 130 when interrupted.`;

/**
 * The common options.
 * @param logits the tensor whose file has the targets, where no other is given
 */
export function runOptions(command: string, parsed: ParsedArguments, logits: TensorChoice): RunOptions {
  const isPositive = (value: number) => value > 0 && Number.isFinite(value);
  const tokens = parsed.text("tokens");
  const isThreads = (value: number) => Number.isSafeInteger(value) && value >= 1 && value <= MOST_THREADS;
  if (parsed.has("sums") && !parsed.has("json")) throw new InputError("--sums: expected --json beside it");
  return {
    targets: choiceOf(parsed, parsed.text("targets") ?? logits.path, "targets"),
    ignoreIndex: parsed.number("ignore-index", "a whole number", Number.isSafeInteger) ?? -100,
    softcap: parsed.number("softcap", "a number above 0", isPositive),
    temperature: parsed.number("temperature", "a number above 0", isPositive),
    deterministic: parsed.has("deterministic"),
    threads: parsed.number("threads", `an integer in 1..${MOST_THREADS}`, isThreads),
    passage: parsed.text("passage"),
    tokens: tokens === undefined ? undefined : { path: tokens, format: tableFormat(tokens) },
    report: parsed.text("report"),
    checkpoint: parsed.text("checkpoint") ?? `${basename(logits.path)}.${command}.checkpoint`,
    resume: parsed.has("resume"),
    json: parsed.has("json"),
    sums: parsed.has("sums"),
    noColor: parsed.has("no-color"),
  };
}

/** More is a slip: each takes 4.3 MiB of a memory that ends at 4 GiB. */
const MOST_THREADS = 512;

/** The tensor of a role ("token-bytes") in a file: by the role's name ("token_bytes") or as the option says. */
export function choiceOf(parsed: ParsedArguments, path: string, role: string): TensorChoice {
  const nameOption = `--${role}-name`;
  return { path, name: parsed.text(`${role}-name`) ?? role.replace("-", "_"), nameOption };
}

/** The arguments of a command whose options are these and `kinds`; "help" when that is asked for. */
export function parseRun(command: string, argv: readonly string[], kinds: OptionKinds): ParsedArguments | "help" {
  const parsed = parseArguments(command, argv, { ...kinds, ...RUN_OPTION_KINDS });
  return parsed.has("help") ? "help" : parsed;
}

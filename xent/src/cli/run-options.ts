import { basename } from "node:path";
import type { Command } from "commander";
import { InputError } from "../files/input-error.js";
import { isPositive, numberOption, textOption } from "./options.js";
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

/** The options as they are given; those with a default are always there. */
export interface RunFlags {
  readonly targets?: string;
  readonly logitsName: string;
  readonly targetsName: string;
  readonly passage?: string;
  readonly ignoreIndex: number;
  readonly softcap?: number;
  readonly temperature?: number;
  readonly threads?: number;
  readonly deterministic?: boolean;
  readonly tokens?: string;
  readonly report?: string;
  readonly checkpoint?: string;
  readonly resume?: boolean;
  readonly json?: boolean;
  readonly sums?: boolean;
  readonly color: boolean;
}

/** More is a slip: each takes 4.3 MiB of a memory that ends at 4 GiB. */
const MOST_THREADS = 512;

const ENDS = `
Files may be .safetensors, .npy or .npz (of np.savez), or shards: a folder of such files, whose
rows follow each other in the order of their names, or its *.index.json. Logits are F32, F16, BF16
or F64, targets any integers. Files are read in parts: memory does not grow with their size.

Results go to stdout, everything else to stderr. Ctrl-C prints what was scored so far and leaves a
checkpoint. Exit code: 0; 2 for input that cannot be used and for logits that hold NaN, with one
line on stderr that says what to do; 1 for output that cannot be written; 130 when interrupted.`;

/** What the commands say differently of the common options. */
interface RunHelp {
  /** What the texts of a passage are for. */
  readonly passage: string;
  readonly examples: readonly string[];
}

/** Adds the common options, and what the help ends with. */
export function addRunOptions(command: Command, { passage, examples }: RunHelp): Command {
  const isThreads = (value: number) => Number.isSafeInteger(value) && value >= 1 && value <= MOST_THREADS;
  return command
    .addOption(textOption("--targets <FILE>", "file of the targets"))
    .addOption(textOption("--logits-name <NAME>", "tensor to read").default("logits"))
    .addOption(textOption("--targets-name <NAME>", "tensor of the targets").default("targets"))
    .addOption(textOption("--passage <FILE>", `JSON of the targets' texts, { "ids": [...], "tokens": [...] }: ${passage}`))
    .addOption(
      numberOption("--ignore-index <N>", "targets that do not count", "a whole number", Number.isSafeInteger).default(-100),
    )
    .addOption(numberOption("--softcap <C>", "logits become C tanh(x / C) first", "a number above 0", isPositive))
    .addOption(numberOption("--temperature <T>", "logits are divided by T, after the softcap", "a number above 0", isPositive))
    .addOption(
      numberOption(
        "--threads <N>",
        "worker threads (default: all that the machine has); no bit depends on it",
        `an integer in 1..${MOST_THREADS}`,
        isThreads,
      ),
    )
    .option("--deterministic", "give the same bits on every machine: no relaxed SIMD")
    .addOption(
      textOption("--tokens <FILE>", "write a table with a row per row of the logits; FILE ends in .jsonl, .csv or .parquet"),
    )
    .addOption(textOption("--report <FILE>", "write an HTML page with pictures of all this"))
    .addOption(
      textOption(
        "--checkpoint <FILE>",
        "where an interrupted run is kept (default: in this folder, named after the logits and the command)",
      ),
    )
    .option("--resume", "continue an interrupted run: the results have the same bits as those of one run")
    .option("--json", "print one JSON object (NaN and Infinity as null)")
    .option("--sums", "with --json: also print what merges with the sums of other parts (docs/files.md)")
    .option("--no-color", "print no colours; NO_COLOR=1 does the same, FORCE_COLOR=1 the opposite")
    .addHelpText("after", `${ENDS}\n\nExamples:\n${examples.map((line) => `  ${line}`).join("\n")}`);
}

/**
 * The common options, checked.
 * @param logits the tensor whose file has the targets, where no other is given
 * @throws InputError for options that do not fit together
 */
export function runOptions(command: string, flags: RunFlags, logits: TensorChoice): RunOptions {
  const { tokens, json = false, sums = false } = flags;
  if (sums && !json) throw new InputError("--sums: expected --json beside it");
  return {
    targets: { path: flags.targets ?? logits.path, name: flags.targetsName, nameOption: "--targets-name" },
    ignoreIndex: flags.ignoreIndex,
    softcap: flags.softcap,
    temperature: flags.temperature,
    deterministic: flags.deterministic ?? false,
    threads: flags.threads,
    passage: flags.passage,
    tokens: tokens === undefined ? undefined : { path: tokens, format: tableFormat(tokens) },
    report: flags.report,
    checkpoint: flags.checkpoint ?? `${basename(logits.path)}.${command}.checkpoint`,
    resume: flags.resume ?? false,
    json,
    sums,
    noColor: !flags.color,
  };
}

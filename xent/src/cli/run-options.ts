import type { Command, Option } from "commander";
import { classesOption, numberOption, sumsOf, textOption } from "./options.js";
import type { Shard } from "./parts/row-range.js";
import { filesOf, type InputChoices, type TensorChoice } from "./stream/inputs.js";
import { TARGET_NAMES } from "./stream/shift.js";
import { type TableFormat, tableFormat } from "./tables/format.js";

/** The options that `xent score` and `xent compare` share. */
export interface RunOptions {
  readonly beside: Pick<InputChoices, "targets" | "classes" | "mask" | "documents">;
  readonly ignoreIndex: number;
  readonly softcap: number | undefined;
  readonly temperature: number | undefined;
  readonly deterministic: boolean;
  /** Number of workers; undefined: the engine's default, one per hardware thread. */
  readonly threads: number | undefined;
  readonly passage: string | undefined;
  readonly tokens: { readonly path: string; readonly format: TableFormat } | undefined;
  readonly report: string | undefined;
  /** Header lines of requests. */
  readonly headers: readonly string[];
  /** Undefined: a name made of the run. */
  readonly checkpoint: string | undefined;
  readonly resume: boolean;
  readonly json: boolean;
  /** Print the exact sums. */
  readonly sums: boolean;
  /** Write the exact sums to this file, for xent merge. */
  readonly sumsFile: string | undefined;
  /** Undefined: all rows. */
  readonly shard: Shard | undefined;
  readonly noColor: boolean;
}

/** The options as commander parses them; those with a default are always present. */
export interface RunFlags {
  readonly targets?: string;
  readonly logitsName: string;
  readonly targetsName?: string;
  readonly shift?: number;
  readonly classes?: number;
  readonly mask?: string;
  readonly documents?: string;
  readonly passage?: string;
  readonly ignoreIndex: number;
  readonly softcap?: number;
  readonly temperature?: number;
  readonly threads?: number;
  readonly deterministic?: boolean;
  readonly tokens?: string;
  readonly report?: string;
  readonly header?: readonly string[];
  readonly checkpoint?: string;
  readonly resume?: boolean;
  readonly json?: boolean;
  readonly sums?: boolean | string;
  readonly color: boolean;
}

/** More threads are most likely a typing error: each takes 4.2 MiB of a memory that ends at 4 GiB. */
const MOST_THREADS = 512;

const ENDS = `
Files are .safetensors, .npy or .npz (np.savez), or shards: a folder of such files, read in the
order of their names, its *.index.json, or a pattern ('part-*.npy'). A file may also be an address
(https://HOST/FILE), read by ranges, or - for stdin. Logits are F32, F16, BF16 or F64; targets
have any integer type. Files are read in parts, so memory use does not grow with their size.

Results go to stdout, everything else to stderr. Ctrl-C prints the results so far and saves a
checkpoint. Exit codes: 0 success; 1 the output cannot be written; 2 the input cannot be used or
the logits contain NaN, with one line on stderr that says what to do; 130 interrupted.`;

/** The parts of the common help that differ between commands. */
interface RunHelp {
  /** How the command uses the texts of a passage. */
  readonly passage: string;
  /** The option for exact sums. */
  readonly sums: Option;
  readonly examples: readonly string[];
}

/** Adds the common options and the end of the help. */
export function addRunOptions(command: Command, { passage, sums, examples }: RunHelp): Command {
  // the range that the library takes
  const isScale = (value: number) => value >= 1e-30 && value <= 1e30;
  const scale = (flags: string, description: string) => numberOption(flags, description, "a number in [1e-30, 1e30]", isScale);
  const isThreads = (value: number) => Number.isSafeInteger(value) && value >= 1 && value <= MOST_THREADS;
  return command
    .addOption(textOption("--targets <FILE>", "file of the targets"))
    .addOption(textOption("--logits-name <NAME>", "tensor to read").default("logits"))
    .addOption(textOption("--targets-name <NAME>", `tensor of the targets (default: the first of ${TARGET_NAMES.join(", ")})`))
    .addOption(
      numberOption(
        "--shift <N>",
        "row i predicts target i + N of its sequence (default: 1 for targets named input_ids or labels, else 0)",
        "an integer of 0 or more",
        (value) => Number.isSafeInteger(value) && value >= 0,
      ),
    )
    .addOption(classesOption())
    .addOption(
      textOption(
        "--mask <NAME>",
        "tensor beside the targets, or a .npy file: targets where it is 0 do not count. " +
          "One named attention_mask has to be other than 0 at the row as well",
      ),
    )
    .addOption(
      textOption(
        "--documents <NAME>",
        "tensor beside the targets, or a .npy file: the number of each target's document, for standard errors clustered by document",
      ),
    )
    .addOption(textOption("--passage <FILE>", `JSON with the targets' texts, { "ids": [...], "tokens": [...] }: ${passage}`))
    .addOption(
      numberOption("--ignore-index <N>", "target of rows to ignore", "a whole number", Number.isSafeInteger).default(-100),
    )
    .addOption(scale("--softcap <C>", "replace each logit x by C tanh(x / C)"))
    .addOption(scale("--temperature <T>", "divide the logits by T, after the softcap"))
    .addOption(
      numberOption(
        "--threads <N>",
        "worker threads (default: one per hardware thread); the results do not depend on it",
        `an integer in 1..${MOST_THREADS}`,
        isThreads,
      ),
    )
    .option("--deterministic", "use no relaxed SIMD: every machine gives the same bits")
    .addOption(
      textOption(
        "--tokens <FILE>",
        "write a table with one line per row of the logits; FILE must end in .jsonl, .csv or .parquet",
      ),
    )
    .addOption(textOption("--report <FILE>", "write an HTML page with charts of the results"))
    .addOption(
      textOption(
        "--checkpoint <FILE>",
        "checkpoint of an interrupted run (default: in the current folder, named after the logits, the command and the options)",
      ),
    )
    .option("--resume", "continue an interrupted run; the results have the same bits as without the interruption")
    .addOption(
      textOption(
        "--header <LINE>",
        'header of requests, such as "Authorization: Bearer TOKEN"; may be given several times',
      ).argParser((line: string, before: readonly string[] = []) => [...before, line]),
    )
    .option("--json", "print one JSON object (NaN and Infinity as null)")
    .addOption(sums)
    .option("--no-color", "print without colours, like NO_COLOR=1; FORCE_COLOR=1 forces colours")
    .addHelpText("after", `${ENDS}\n\nExamples:\n${examples.map((line) => `  ${line}`).join("\n")}`);
}

/**
 * Checks the common options.
 * @param logits the tensor whose file also holds the targets, unless --targets is given
 * @throws InputError for options that cannot be combined
 */
export function runOptions(flags: RunFlags, logits: TensorChoice): RunOptions {
  const { tokens, json = false } = flags;
  const files = flags.targets === undefined ? filesOf(logits) : { path: flags.targets };
  return {
    beside: {
      targets: { ...files, name: flags.targetsName, nameOption: "--targets-name", shift: flags.shift },
      classes: flags.classes,
      mask: besideTargets(flags.mask, "--mask", files),
      documents: besideTargets(flags.documents, "--documents", files),
    },
    ignoreIndex: flags.ignoreIndex,
    softcap: flags.softcap,
    temperature: flags.temperature,
    deterministic: flags.deterministic ?? false,
    threads: flags.threads,
    passage: flags.passage,
    tokens: tokens === undefined ? undefined : { path: tokens, format: tableFormat(tokens) },
    report: flags.report,
    headers: flags.header ?? [],
    checkpoint: flags.checkpoint,
    resume: flags.resume ?? false,
    json,
    ...sumsOf(flags.sums, json),
    shard: undefined,
    noColor: !flags.color,
  };
}

/** A tensor in the targets' file, or the array of a .npy. */
function besideTargets(
  given: string | undefined,
  nameOption: string,
  targets: Pick<TensorChoice, "path" | "more">,
): TensorChoice | undefined {
  if (given === undefined) return undefined;
  return { ...(given.endsWith(".npy") ? { path: given } : targets), name: given, nameOption };
}

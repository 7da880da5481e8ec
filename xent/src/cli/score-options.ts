import { type Command, Option } from "commander";
import { InputError } from "../files/input-error.js";
import { isCount, numberOption, textOption } from "./options.js";
import { parsedShard, type Shard } from "./parts/row-range.js";
import { addRunOptions, type RunFlags, type RunOptions, runOptions } from "./run-options.js";
import { filesOf, type InputChoices, type TensorChoice } from "./stream/inputs.js";

const MOST_TOP = 100;
const DEFAULT_BYTES_NAME = "token_bytes";

/** Options of `xent score`, checked. */
export interface ScoreOptions extends RunOptions {
  readonly logits: TensorChoice;
  readonly tokenBytes: InputChoices["tokenBytes"];
  readonly topK: number;
  /** Undefined: this process scores the rows. */
  readonly queue: QueueChoice | undefined;
}

/** Workers that score the rows, and where they write to. */
export interface QueueChoice {
  readonly address: string;
  /** The folder of the parts of the table. */
  readonly parts: string | undefined;
  /** Rows per job; undefined for the default. */
  readonly rangeRows: number | undefined;
}

/** The options as commander parses them. */
export interface ScoreFlags extends RunFlags {
  readonly logits?: string;
  readonly tokenBytes?: string;
  readonly tokenBytesName?: string;
  readonly top: number;
  readonly shard?: Shard;
  readonly queue?: string;
  readonly parts?: string;
  readonly rangeRows?: number;
}

/** Adds arguments, options and help of `xent score`. */
export function addScoreOptions(command: Command): Command {
  const isTop = (value: number) => Number.isSafeInteger(value) && value >= 0 && value <= MOST_TOP;
  command
    .summary("loss, perplexity, bits per byte and accuracy of logits")
    .description(
      `Scores logits against their targets: loss, perplexity, bits per token and per byte, accuracy.

LOGITS contains the tensors "logits" (float, [rows, classes]), "targets" (integers, [rows]: row t of the logits predicts target t, or target t + 1 of its sequence if their name is "input_ids" or "labels") and, for bits per byte, "token_bytes" (integers, [classes]: the number of bytes of each token's text, 0 for special tokens). Each tensor may also be in a separate file.`,
    )
    .argument("[LOGITS...]", "file of the logits, or several, whose rows follow one another")
    .addOption(textOption("--logits <FILE>", "the same as LOGITS"))
    .addOption(textOption("--token-bytes <FILE>", "file of the byte counts"))
    .addOption(textOption("--token-bytes-name <NAME>", `tensor of the byte counts (default: "${DEFAULT_BYTES_NAME}")`))
    .addOption(
      numberOption(
        "--top <K>",
        `add the K greatest logits of each row to the table of --tokens (at most ${MOST_TOP})`,
        `an integer in 0..${MOST_TOP}`,
        isTop,
      ).default(0),
    )
    .addOption(
      new Option("--shard <i/n>", "score part i of n equal parts of the rows, counted from 1, as one of n machines").argParser(
        parsedShard,
      ),
    )
    .addOption(textOption("--queue <URL>", "let the workers of a queue score the rows: redis://HOST:PORT (docs/scaling.md)"))
    .addOption(
      textOption("--parts <DIR>", "with --queue: write the table in parts, JSON lines, to a folder that all workers share"),
    )
    .addOption(
      numberOption("--range-rows <N>", "with --queue: rows per job (default: 64 MiB of logits)", "a positive integer", isCount),
    );
  return addRunOptions(command, {
    passage: "prints the passage with each token shaded by its loss, and lists the most surprising tokens",
    sums: textOption(
      "--sums [FILE]",
      "write the exact sums to FILE, for xent merge; without FILE and with --json, print them (docs/files.md)",
    ),
    examples: [
      "xent score model.safetensors",
      "xent score logits.npy --targets targets.npy --ignore-index -1 --json",
      "xent score shards/ --tokens tokens.parquet --report report.html",
      "xent score model.safetensors --shard 2/8 --sums part-2.json",
    ],
  });
}

/** @throws InputError for options that cannot be combined, and when no file is given */
export function scoreOptions([file, ...more]: readonly string[], flags: ScoreFlags): ScoreOptions {
  if (file !== undefined && flags.logits !== undefined) throw new InputError("expected either LOGITS or --logits, got both");
  const path = file ?? flags.logits;
  if (path === undefined) throw new InputError("expected a file of logits; see xent score --help");
  const logits = { path, ...(more.length > 0 && { more }), name: flags.logitsName, nameOption: "--logits-name" };
  for (const option of ["report", "passage"] as const) {
    if (flags.shard === undefined || flags[option] === undefined) continue;
    throw new InputError(`--${option}: needs all rows, and --shard gives some of them; leave one of the two out`);
  }
  return {
    ...runOptions(flags, logits),
    shard: flags.shard,
    queue: queueOf(flags, logits),
    logits,
    tokenBytes: {
      ...(flags.tokenBytes === undefined ? filesOf(logits) : { path: flags.tokenBytes }),
      name: flags.tokenBytesName ?? DEFAULT_BYTES_NAME,
      nameOption: "--token-bytes-name",
      // optional in the logits' file; required once a file or a name is given
      required: flags.tokenBytes !== undefined || flags.tokenBytesName !== undefined,
    },
    topK: flags.top,
  };
}

/** Options that need all rows in one process. */
const OF_ONE_PROCESS = ["report", "passage", "tokens", "checkpoint", "resume", "shard"] as const;

function queueOf(flags: ScoreFlags, { path, more = [] }: TensorChoice): QueueChoice | undefined {
  const { queue, parts, rangeRows } = flags;
  if (queue === undefined) {
    if (parts === undefined && rangeRows === undefined) return undefined;
    throw new InputError(`${parts === undefined ? "--range-rows" : "--parts"}: expected --queue as well`);
  }
  for (const option of OF_ONE_PROCESS) {
    if (flags[option] === undefined) continue;
    const remedy = option === "tokens" ? "; --parts DIR writes the table in parts" : "";
    throw new InputError(`--${option}: cannot be combined with --queue${remedy}`);
  }
  if ([path, ...more, flags.targets, flags.tokenBytes].includes("-")) {
    throw new InputError("-: workers cannot read the stdin of this process; give a file that they reach too");
  }
  return { address: queue, parts, rangeRows };
}

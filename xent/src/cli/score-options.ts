import type { Command } from "commander";
import { InputError } from "../files/input-error.js";
import { numberOption, textOption } from "./options.js";
import { addRunOptions, type RunFlags, type RunOptions, runOptions } from "./run-options.js";
import type { InputChoices, TensorChoice } from "./stream/inputs.js";

const MOST_TOP = 100;
const DEFAULT_BYTES_NAME = "token_bytes";

/** Options of `xent score`, checked. */
export interface ScoreOptions extends RunOptions {
  readonly logits: TensorChoice;
  readonly tokenBytes: InputChoices["tokenBytes"];
  readonly topK: number;
}

/** The options as they are given. */
export interface ScoreFlags extends RunFlags {
  readonly logits?: string;
  readonly tokenBytes?: string;
  readonly tokenBytesName?: string;
  readonly top: number;
}

/** Adds arguments, options and help of `xent score`. */
export function addScoreOptions(command: Command): Command {
  const isTop = (value: number) => Number.isSafeInteger(value) && value >= 0 && value <= MOST_TOP;
  command
    .summary("loss, perplexity, bits per byte and accuracy of logits")
    .description(
      `Scores logits against the tokens that came: loss, perplexity, bits per token and per byte, accuracy.

LOGITS has the tensors "logits" (float, [rows, classes]), "targets" (integers, [rows]: row t of the logits predicts target t) and, for bits per byte, "token_bytes" (integers, [classes]: the bytes of each token's text, 0 for special tokens). Each may be in a file of its own.`,
    )
    .argument("[LOGITS]", "file of the logits")
    .addOption(textOption("--logits <FILE>", "the same as LOGITS"))
    .addOption(textOption("--token-bytes <FILE>", "file of the bytes of each token"))
    .addOption(textOption("--token-bytes-name <NAME>", `tensor of the bytes of each token (default: "${DEFAULT_BYTES_NAME}")`))
    .addOption(
      numberOption(
        "--top <K>",
        `the K greatest logits of each row, in the table of tokens (up to ${MOST_TOP})`,
        `an integer in 0..${MOST_TOP}`,
        isTop,
      ).default(0),
    );
  return addRunOptions(command, {
    passage: "print the passage with each token shaded by its loss, and the most surprising ones",
    examples: [
      "xent score model.safetensors",
      "xent score logits.npy --targets targets.npy --ignore-index -1 --json",
      "xent score shards/ --tokens tokens.parquet --report report.html",
    ],
  });
}

/** @throws InputError for options that do not fit together, or have a wrong value */
export function scoreOptions(file: string | undefined, flags: ScoreFlags): ScoreOptions {
  if (file !== undefined && flags.logits !== undefined) throw new InputError("expected either LOGITS or --logits, got both");
  const path = file ?? flags.logits;
  if (path === undefined) throw new InputError("expected a file of logits; see xent score --help");
  const logits = { path, name: flags.logitsName, nameOption: "--logits-name" };
  return {
    ...runOptions("score", flags, logits),
    logits,
    tokenBytes: {
      path: flags.tokenBytes ?? path,
      name: flags.tokenBytesName ?? DEFAULT_BYTES_NAME,
      nameOption: "--token-bytes-name",
      // the logits' file may have them, another that is given must
      required: flags.tokenBytes !== undefined || flags.tokenBytesName !== undefined,
    },
    topK: flags.top,
  };
}

import type { Command } from "commander";
import { classesOption, isCount, numberOption, textOption } from "./options.js";
import type { InputChoices } from "./stream/inputs.js";

/** Options of `xent convert`, checked. */
export interface ConvertOptions {
  readonly choices: InputChoices;
  readonly contextLength: number;
  readonly out: string;
}

/** The options as commander parses them. */
export interface ConvertFlags {
  readonly nCtx: number;
  readonly out: string;
  readonly targets?: string;
  readonly logitsName: string;
  readonly targetsName?: string;
  readonly classes?: number;
}

/** Adds arguments, options and help of `xent convert`. */
export function addConvertOptions(command: Command): Command {
  const nCtx = numberOption(
    "--n-ctx <N>",
    "tokens per window",
    "an integer of 3 or more",
    (value) => isCount(value) && value > 2,
  );
  return command
    .summary("write logits as a file of llama.cpp")
    .description(
      `Writes logits as llama.cpp's --save-all-logits does, for xent compare and for llama-perplexity --kl-divergence.

LOGITS contains the tensors "logits" (float, [chunks, N, classes], or flat rows of windows that follow each other, each evaluated apart) and "input_ids" (integers, one per row). The rows after the first half of each window are kept.`,
    )
    .argument("<LOGITS>", "file of the logits")
    .addOption(nCtx.makeOptionMandatory())
    .addOption(textOption("--out <FILE>", "file to write").makeOptionMandatory())
    .addOption(textOption("--targets <FILE>", "file of the input ids"))
    .addOption(textOption("--logits-name <NAME>", "tensor to read").default("logits"))
    .addOption(textOption("--targets-name <NAME>", 'tensor of the input ids (default: "input_ids")'))
    .addOption(classesOption())
    .addHelpText("after", "\nExamples:\n  xent convert logits.safetensors --n-ctx 512 --out base.kld");
}

export function convertOptions(path: string, flags: ConvertFlags): ConvertOptions {
  const name = flags.targetsName ?? "input_ids";
  return {
    choices: {
      logits: [{ path, name: flags.logitsName, nameOption: "--logits-name" }],
      targets: { path: flags.targets ?? path, name, nameOption: "--targets-name", shift: 1 },
      classes: flags.classes,
    },
    contextLength: flags.nCtx,
    out: flags.out,
  };
}

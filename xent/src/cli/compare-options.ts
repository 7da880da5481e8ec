import type { Command } from "commander";
import { textOption } from "./options.js";
import { addRunOptions, type RunFlags, type RunOptions, runOptions } from "./run-options.js";
import type { TensorChoice } from "./stream/inputs.js";

/** Options of `xent compare`, checked. */
export interface CompareOptions extends RunOptions {
  readonly base: TensorChoice;
  readonly other: TensorChoice;
}

/** The options as they are given. */
export interface CompareFlags extends RunFlags {
  readonly otherName?: string;
}

/** Adds arguments, options and help of `xent compare`. */
export function addCompareOptions(command: Command): Command {
  command
    .summary("how far one model's logits are from another's: KL divergence, perplexity ratio")
    .description(
      `Compares two models' logits of the same text, perhaps a model's and its quantised form's: KL divergence of BASE to OTHER, both perplexities and their ratio, change of the target's probability, how often the same token comes first; with standard errors and percentiles, like llama.cpp's --kl-divergence. For the percentiles 16 bytes of memory are kept per row.

BASE has the tensors "logits" (float, [rows, classes]) and "targets" (integers, [rows]: row t of the logits predicts target t), OTHER has "logits" of the same shape, perhaps of another type.`,
    )
    .argument("<BASE>", "file of the base model's logits")
    .argument("<OTHER>", "file of the other model's logits")
    .addOption(textOption("--other-name <NAME>", "tensor to read in OTHER, where it has another name there"));
  return addRunOptions(command, {
    passage: "for the table and the report",
    examples: [
      "xent compare f32.safetensors int8.safetensors",
      "xent compare base.npy other.npy --targets ids.npy --tokens kl.csv --json",
    ],
  });
}

/** @throws InputError for options that do not fit together */
export function compareOptions(basePath: string, otherPath: string, flags: CompareFlags): CompareOptions {
  const base = { path: basePath, name: flags.logitsName, nameOption: "--logits-name" };
  const { otherName } = flags;
  const other = { ...base, path: otherPath, ...(otherName !== undefined && { name: otherName, nameOption: "--other-name" }) };
  return { ...runOptions("compare", flags, base), base, other };
}

import { type Command, Option } from "commander";
import { textOption } from "./options.js";
import { addRunOptions, type RunFlags, type RunOptions, runOptions } from "./run-options.js";
import type { TensorChoice } from "./stream/inputs.js";

/** Options of `xent compare`, checked. */
export interface CompareOptions extends RunOptions {
  readonly base: TensorChoice;
  readonly other: TensorChoice;
}

/** The options as commander parses them. */
export interface CompareFlags extends RunFlags {
  readonly otherName?: string;
}

/** Adds arguments, options and help of `xent compare`. */
export function addCompareOptions(command: Command): Command {
  command
    .summary("compare two models' logits: KL divergence, perplexity ratio")
    .description(
      `Compares two models' logits for the same text, for example those of a model and of its quantised version: KL divergence of BASE to OTHER, both perplexities and their ratio, the change in the target's probability, and how often both models rank the same token first. Prints standard errors and percentiles, like llama.cpp's --kl-divergence. The percentiles take 16 bytes of memory per row.

BASE contains the tensors "logits" (float, [rows, classes]) and "targets" (integers, [rows]: row t of the logits predicts target t, or target t + 1 of its sequence if their name is "input_ids" or "labels"). OTHER contains "logits" of the same shape; its float type may differ.`,
    )
    .argument("<BASE>", "file of the base model's logits")
    .argument("<OTHER>", "file of the other model's logits")
    .addOption(textOption("--other-name <NAME>", "tensor to read from OTHER, if its name differs"));
  return addRunOptions(command, {
    passage: "shown in the table and the report",
    sums: new Option("--sums", "with --json: also print the exact sums, to merge with those of other parts (docs/scaling.md)"),
    examples: [
      "xent compare f32.safetensors int8.safetensors",
      "xent compare base.npy other.npy --targets ids.npy --tokens kl.csv --json",
    ],
  });
}

/** @throws InputError for options that cannot be combined */
export function compareOptions(basePath: string, otherPath: string, flags: CompareFlags): CompareOptions {
  const base = { path: basePath, name: flags.logitsName, nameOption: "--logits-name" };
  const { otherName } = flags;
  const other = { ...base, path: otherPath, ...(otherName !== undefined && { name: otherName, nameOption: "--other-name" }) };
  return { ...runOptions(flags, base), base, other };
}

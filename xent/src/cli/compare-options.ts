import { InputError } from "../files/input-error.js";
import type { OptionKinds } from "./arguments.js";
import { choiceOf, parseRun, RUN_ENDS_HELP, RUN_OPTIONS_HELP, type RunOptions, runOptions } from "./run-options.js";
import type { TensorChoice } from "./stream/inputs.js";

export const COMPARE_HELP = `usage: xent compare BASE OTHER [--targets FILE] [options]

Compares two models' logits of the same text, perhaps a model's and its quantised form's: KL
divergence of BASE to OTHER, both perplexities and their ratio, change of the target's probability,
how often the same token comes first; with standard errors and percentiles, like llama.cpp's
--kl-divergence.

BASE has the tensors "logits" (float, [rows, classes]) and "targets" (integers, [rows]: row t of the
logits predicts target t), OTHER has "logits" of the same shape, perhaps of another type.

  --targets FILE           targets
  --logits-name NAME       tensor to read, in both (default: logits)
  --other-name NAME        tensor to read in OTHER, where that is another
  --targets-name NAME      the same for the targets (default: targets)
  --passage FILE           JSON of the targets' texts, { "ids": [...], "tokens": [...] }, for the
                           table and the report
${RUN_OPTIONS_HELP}

${RUN_ENDS_HELP}
For percentiles 16 bytes are kept a row.

examples:
  xent compare f32.safetensors int8.safetensors
  xent compare base.npy other.npy --targets ids.npy --tokens kl.csv --json
`;

/** Options of `xent compare` alone. */
export const COMPARE_OPTION_KINDS = { "other-name": "string" } as const satisfies OptionKinds;

export interface CompareOptions extends RunOptions {
  readonly base: TensorChoice;
  readonly other: TensorChoice;
}

/**
 * @returns the options, or "help" when that is asked for
 * @throws InputError for options that are unknown, do not fit together, or have a wrong value
 */
export function parseCompareOptions(argv: readonly string[]): CompareOptions | "help" {
  const parsed = parseRun("compare", argv, COMPARE_OPTION_KINDS);
  if (parsed === "help") return "help";
  const [basePath, otherPath, ...more] = parsed.files;
  if (basePath === undefined || otherPath === undefined || more.length > 0) {
    throw new InputError(`expected two files, BASE and OTHER, got ${parsed.files.length}; see xent compare --help`);
  }
  const base = choiceOf(parsed, basePath, "logits");
  const name = parsed.text("other-name");
  const other = { ...base, path: otherPath, ...(name !== undefined && { name, nameOption: "--other-name" }) };
  return { ...runOptions("compare", parsed, base), base, other };
}

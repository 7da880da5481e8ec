import type { Command } from "commander";
import { InputError } from "../files/input-error.js";
import { sumsOf, textOption } from "./options.js";

/** Options of `xent merge`, checked. */
export interface MergeOptions {
  readonly parts: readonly string[];
  readonly json: boolean;
  /** Print the exact sums. */
  readonly sums: boolean;
  /** Write the whole as a part to this file. */
  readonly sumsFile: string | undefined;
}

/** The options as commander parses them. */
export interface MergeFlags {
  readonly json?: boolean;
  readonly sums?: boolean | string;
}

/** Adds arguments, options and help of `xent merge`. */
export function addMergeOptions(command: Command): Command {
  return command
    .summary("the totals of all rows, from parts that were scored separately")
    .description(
      `Merges the parts that "xent score --shard i/n --sums PART" has written, and prints what one run over all rows prints, to the last bit.

The order of the parts does not matter, and a part that is given twice counts once. Every row must be in one part: rows in none or in two different parts, and parts of different files, options or versions, are errors.`,
    )
    .argument("[PART...]", "files of --sums")
    .option("--json", "print one JSON object (NaN and Infinity as null)")
    .addOption(textOption("--sums [FILE]", "write the merged sums to FILE; without FILE and with --json, print them"))
    .addHelpText(
      "after",
      `
Exit codes: 0 success; 1 the output cannot be written; 2 the parts cannot be merged or the logits
contain NaN, with one line on stderr that says what to do.

Examples:
  xent merge part-*.json
  xent merge part-1.json part-2.json --json`,
    );
}

/** @throws InputError when no part is given, and for options that cannot be combined */
export function mergeOptions(parts: readonly string[], { json = false, sums }: MergeFlags): MergeOptions {
  if (parts.length === 0) throw new InputError("expected files of parts; see xent merge --help");
  return { parts, json, ...sumsOf(sums, json) };
}

import type { Command } from "commander";
import { isCount, numberOption, textOption } from "./options.js";

/** Options of `xent eval`, checked. */
export interface EvalOptions {
  readonly model: string;
  readonly text: string;
  readonly dtype: string;
  readonly stride: number | undefined;
  readonly maxLength: number | undefined;
  readonly batchSize: number | undefined;
  readonly classes: number | undefined;
  /** Whether a token stands in front of the text. */
  readonly bos: boolean;
  readonly report: string | undefined;
  readonly json: boolean;
}

/** The options as commander parses them; those with a default are always present. */
export interface EvalFlags {
  readonly model: string;
  readonly text: string;
  readonly dtype: string;
  readonly stride?: number;
  readonly maxLength?: number;
  readonly batchSize?: number;
  readonly classes?: number;
  readonly bos: boolean;
  readonly report?: string;
  readonly json?: boolean;
}

const ENDS = `
The model runs in transformers.js, which is not installed with xent:
  npm install @huggingface/transformers

Results go to stdout, everything else to stderr. Exit codes: 0 success; 1 the output cannot be
written; 2 the input cannot be used, with one line on stderr that says what to do.

Examples:
  xent eval --model models/SmolLM2-135M --text book.txt
  xent eval --model models/SmolLM2-135M --text book.txt --stride 512 --json --report report.html`;

/** Adds options and help of `xent eval`. */
export function addEvalOptions(command: Command): Command {
  const count = (flags: string, description: string) => numberOption(flags, description, "an integer of 1 or more", isCount);
  return command
    .summary("perplexity and bits per byte of a text, from a model")
    .description(
      "Runs a language model over a text and scores it: loss, perplexity, bits per token and per byte, word and byte perplexity as lm-evaluation-harness defines them.",
    )
    .addOption(
      textOption(
        "--model <DIR>",
        "folder of the model as transformers.js reads it: config.json, tokenizer.json, onnx/",
      ).makeOptionMandatory(),
    )
    .addOption(textOption("--text <FILE>", "the text, UTF-8").makeOptionMandatory())
    .addOption(
      textOption("--dtype <NAME>", "the model's file: fp32 for onnx/model.onnx, fp16 for onnx/model_fp16.onnx, ...").default(
        "fp32",
      ),
    )
    .addOption(count("--stride <N>", "tokens between two windows of a long text (default: windows that share no scored token)"))
    .addOption(count("--max-length <N>", "tokens that the model reads at once (default: as its configuration says)"))
    .addOption(count("--batch-size <N>", "windows per run of the model (default: as many as have 512 tokens)"))
    .addOption(count("--classes <N>", "classes of a padded vocabulary that count"))
    .option("--no-bos", "put nothing in front of the text (default: the tokenizer's BOS token, or else EOS)")
    .addOption(textOption("--report <FILE>", "write an HTML page with charts of the results"))
    .option("--json", "print one JSON object (NaN and Infinity as null)")
    .addHelpText("after", ENDS);
}

export function evalOptions(flags: EvalFlags): EvalOptions {
  const { model, text, dtype, stride, maxLength, batchSize, classes, bos, report, json = false } = flags;
  return { model, text, dtype, stride, maxLength, batchSize, classes, bos, report, json };
}

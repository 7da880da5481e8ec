import { InputError } from "../files/input-error.js";
import type { OptionKinds, ParsedArguments } from "./arguments.js";
import { choiceOf, parseRun, RUN_ENDS_HELP, RUN_OPTIONS_HELP, type RunOptions, runOptions } from "./run-options.js";
import type { InputChoices, TensorChoice } from "./stream/inputs.js";

export const SCORE_HELP = `usage: xent score LOGITS [--targets FILE] [--token-bytes FILE] [options]

Scores logits against the tokens that came: loss, perplexity, bits per token and per byte, accuracy.

LOGITS has the tensors "logits" (float, [rows, classes]), "targets" (integers, [rows]: row t of the
logits predicts target t) and, for bits per byte, "token_bytes" (integers, [classes]: the bytes of
each token's text, 0 for special tokens). Each may be in a file of its own.

  --logits FILE            the same as LOGITS
  --targets FILE           targets
  --token-bytes FILE       bytes of each token
  --logits-name NAME       tensor to read (default: logits)
  --targets-name NAME      the same for the targets (default: targets)
  --token-bytes-name NAME  the same for the bytes of each token (default: token_bytes)
  --top K                  the K greatest logits of each row, in the table of tokens (up to 100)
  --passage FILE           JSON of the targets' texts, { "ids": [...], "tokens": [...] }: print the
                           passage with each token shaded by its loss, and the most surprising ones
${RUN_OPTIONS_HELP}

${RUN_ENDS_HELP}

examples:
  xent score model.safetensors
  xent score logits.npy --targets targets.npy --ignore-index -1 --json
  xent score shards/ --tokens tokens.parquet --report report.html
`;

/** Options of `xent score` alone. */
export const SCORE_OPTION_KINDS = {
  logits: "string",
  "token-bytes": "string",
  "token-bytes-name": "string",
  top: "string",
} as const satisfies OptionKinds;

const MOST_TOP = 100;

export interface ScoreOptions extends RunOptions {
  readonly logits: TensorChoice;
  readonly tokenBytes: InputChoices["tokenBytes"];
  readonly topK: number;
}

/**
 * @returns the options, or "help" when that is asked for
 * @throws InputError for options that are unknown, do not fit together, or have a wrong value
 */
export function parseScoreOptions(argv: readonly string[]): ScoreOptions | "help" {
  const parsed = parseRun("score", argv, SCORE_OPTION_KINDS);
  if (parsed === "help") return "help";
  const logits = choiceOf(parsed, logitsPath(parsed), "logits");
  const isTop = (value: number) => Number.isSafeInteger(value) && value >= 0 && value <= MOST_TOP;
  return {
    ...runOptions("score", parsed, logits),
    logits,
    tokenBytes: tokenBytesChoice(parsed, logits),
    topK: parsed.number("top", `an integer in 0..${MOST_TOP}`, isTop) ?? 0,
  };
}

function logitsPath(parsed: ParsedArguments): string {
  const [file, ...more] = parsed.files;
  if (more.length > 0)
    throw new InputError(`expected one file of logits, got ${parsed.files.length}: ${parsed.files.join(", ")}`);
  const named = parsed.text("logits");
  if (file !== undefined && named !== undefined) throw new InputError("expected either LOGITS or --logits, got both");
  const path = file ?? named;
  if (path === undefined) throw new InputError("expected a file of logits; see xent score --help");
  return path;
}

/** The logits' file may have them, another that is given must. */
function tokenBytesChoice(parsed: ParsedArguments, logits: TensorChoice): InputChoices["tokenBytes"] {
  const file = parsed.text("token-bytes");
  const required = file !== undefined || parsed.text("token-bytes-name") !== undefined;
  return { ...choiceOf(parsed, file ?? logits.path, "token-bytes"), required };
}

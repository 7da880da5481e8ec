import { InputError } from "../files/input-error.js";
import { type ParsedArguments, parseArguments } from "./arguments.js";

export const SCORE_HELP = `usage: xent score FILE [options]
       xent score --logits FILE --targets FILE [--token-bytes FILE] [options]

Scores logits against the tokens that came: loss, perplexity, bits per token and per byte, accuracy.

FILE alone is a .safetensors file with the tensors "logits" (float, [rows, classes]), "targets"
(integers, [rows]: row t of the logits predicts target t) and, for bits per byte, "token_bytes"
(integers, [classes]: the bytes of each token's text, 0 for special tokens). As separate files, each
is a .npy or a .safetensors. Files are read in parts: memory does not grow with their size.

  --logits FILE            logits
  --targets FILE           targets
  --token-bytes FILE       bytes of each token
  --logits-name NAME       tensor to read in a .safetensors (default: logits)
  --targets-name NAME      the same for the targets (default: targets)
  --token-bytes-name NAME  the same for the bytes of each token (default: token_bytes)
  --ignore-index N         targets that do not count (default: -100)
  --softcap C              logits become C tanh(x / C) first
  --temperature T          logits are divided by T, after the softcap
  --passage FILE           JSON of the targets' texts, { "ids": [...], "tokens": [...] }: print the
                           passage with each token shaded by its loss, and the most surprising ones
  --json                   print one JSON object (NaN and Infinity as null)
  --no-color               print no colours; NO_COLOR=1 does the same, FORCE_COLOR=1 the opposite
  --deterministic          give the same bits on every machine: no relaxed SIMD
  -h, --help               print this

Results go to stdout, everything else to stderr. Exit code: 0, or 2 for input that cannot be used
and for logits that hold NaN, with one line on stderr that says what to do.

examples:
  xent score model.safetensors
  xent score --logits logits.npy --targets targets.npy --ignore-index -1 --json
`;

/** Where a tensor is read from. */
export interface TensorChoice {
  readonly path: string;
  readonly name: string;
  /** The option that chooses another tensor, for errors. */
  readonly nameOption: string;
}

export interface ScoreOptions {
  readonly logits: TensorChoice;
  readonly targets: TensorChoice;
  /** `required`: it was asked for, by file or by name, so it has to be there. */
  readonly tokenBytes: (TensorChoice & { readonly required: boolean }) | undefined;
  readonly ignoreIndex: number;
  readonly softcap: number | undefined;
  readonly temperature: number | undefined;
  readonly deterministic: boolean;
  readonly passage: string | undefined;
  readonly json: boolean;
  readonly noColor: boolean;
}

/**
 * @returns the options, or "help" when that is asked for
 * @throws InputError for options that are unknown, do not fit together, or have a wrong value
 */
export function parseScoreOptions(argv: readonly string[]): ScoreOptions | "help" {
  const parsed = parseArguments("score", argv, {
    logits: "string",
    targets: "string",
    "token-bytes": "string",
    "logits-name": "string",
    "targets-name": "string",
    "token-bytes-name": "string",
    "ignore-index": "string",
    softcap: "string",
    temperature: "string",
    passage: "string",
    json: "boolean",
    "no-color": "boolean",
    deterministic: "boolean",
  });
  if (parsed.has("help")) return "help";
  const isPositive = (value: number) => value > 0 && Number.isFinite(value);
  return {
    ...tensorChoices(parsed),
    ignoreIndex: parsed.number("ignore-index", "a whole number", Number.isSafeInteger) ?? -100,
    softcap: parsed.number("softcap", "a number above 0", isPositive),
    temperature: parsed.number("temperature", "a number above 0", isPositive),
    deterministic: parsed.has("deterministic"),
    passage: parsed.text("passage"),
    json: parsed.has("json"),
    noColor: parsed.has("no-color"),
  };
}

function tensorChoices(parsed: ParsedArguments): Pick<ScoreOptions, "logits" | "targets" | "tokenBytes"> {
  const [file, ...more] = parsed.files;
  if (more.length > 0) throw new InputError(`expected one FILE, got ${parsed.files.length}: ${parsed.files.join(", ")}`);
  const logits = parsed.text("logits");
  const targets = parsed.text("targets");
  if (file === undefined && logits === undefined && targets === undefined) {
    throw new InputError("expected a FILE, or --logits and --targets; see xent score --help");
  }
  if (file !== undefined && (logits !== undefined || targets !== undefined)) {
    throw new InputError("expected either FILE or --logits and --targets, got both");
  }
  if (file === undefined && logits === undefined) throw new InputError("--targets: expected --logits beside it");
  if (file === undefined && targets === undefined) throw new InputError("--logits: expected --targets beside it");

  const choice = (path: string, role: string): TensorChoice => {
    const nameOption = `--${role}-name`;
    return { path, name: parsed.text(`${role}-name`) ?? role.replace("-", "_"), nameOption };
  };
  // a FILE's own token_bytes are used if they are there; files given one by one are used as given
  const bytesFile = parsed.text("token-bytes");
  const bytesPath = bytesFile ?? file;
  const required = bytesFile !== undefined || parsed.text("token-bytes-name") !== undefined;
  if (bytesPath === undefined && required) throw new InputError("--token-bytes-name: expected --token-bytes beside it");
  return {
    logits: choice(logits ?? file ?? "", "logits"),
    targets: choice(targets ?? file ?? "", "targets"),
    tokenBytes: bytesPath === undefined ? undefined : { ...choice(bytesPath, "token-bytes"), required },
  };
}

import type { IntegerDtype, LogitDtype } from "../files/dtypes.js";
import { InputError } from "../files/input-error.js";
import { asIntegers, asLogits, type Tensor } from "../files/tensor.js";
import { openTensorFile, type TensorFile } from "../files/tensor-file.js";
import type { ScoreOptions } from "./score-options.js";

/** Open files, checked to fit together. */
export interface ScoreInputs {
  readonly logits: Tensor<LogitDtype>;
  readonly targets: Tensor<IntegerDtype>;
  /** Bytes of each id. */
  readonly tokenBytes: TokenBytes | undefined;
  close(): void;
}

export interface TokenBytes {
  readonly label: string;
  readonly counts: Int32Array;
}

/** No token's text is near this long; with more, the numbers are something else. */
const MOST_BYTES = 2 ** 31 - 1;

/** @throws InputError when a file cannot be used or they do not fit together */
export function openScoreInputs(options: ScoreOptions): ScoreInputs {
  const files = new Map<string, TensorFile>();
  const open = (path: string) => {
    const file = files.get(path) ?? openTensorFile(path);
    files.set(path, file);
    return file;
  };
  const close = () => {
    for (const file of files.values()) file.close();
  };
  try {
    return { ...readInputs(options, open), close };
  } catch (error) {
    close();
    throw error;
  }
}

function readInputs(options: ScoreOptions, open: (path: string) => TensorFile): Omit<ScoreInputs, "close"> {
  if (options.logits.path === options.targets.path && open(options.logits.path).format === "npy") {
    throw new InputError(`${options.logits.path}: holds one array; give two files: --logits FILE --targets FILE`);
  }
  const find = ({ path, name, nameOption }: ScoreOptions["logits"]) => open(path).find(name, nameOption);
  const logits = asLogits(find(options.logits), "logits");
  const targets = asIntegers(find(options.targets), "targets");
  if (logits.shape.length < 2) {
    throw new InputError(`${logits.label}: expected logits of shape [rows, classes], got [${logits.shape}]`);
  }
  if (logits.rows === 0 || logits.columns === 0) {
    throw new InputError(`${logits.label}: has shape [${logits.shape}], so there is nothing to score`);
  }
  if (targets.length !== logits.rows) {
    throw new InputError(
      `${targets.label}: expected ${logits.rows} targets, one for each row of the logits [${logits.shape}], ` +
        `got ${targets.length}`,
    );
  }
  return { logits, targets, tokenBytes: readTokenBytes(options, open) };
}

function readTokenBytes(options: ScoreOptions, open: (path: string) => TensorFile): TokenBytes | undefined {
  const choice = options.tokenBytes;
  if (choice === undefined) return undefined;
  const file = open(choice.path);
  if (!choice.required && !file.has(choice.name)) return undefined;
  const tensor = asIntegers(file.find(choice.name, choice.nameOption), "token bytes");
  const counts = Array.from(tensor.readAll() as ArrayLike<number | bigint>, Number);
  const wrong = counts.findIndex((count) => count < 0 || count > MOST_BYTES);
  if (wrong >= 0) {
    throw new InputError(`${tensor.label}: entry ${wrong}: expected a number of bytes in 0..${MOST_BYTES}, got ${counts[wrong]}`);
  }
  return { label: tensor.label, counts: Int32Array.from(counts) };
}

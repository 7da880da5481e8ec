import type { ByteFile } from "../../files/byte-file.js";
import { type IntegerDtype, type LogitDtype, makeArray } from "../../files/dtypes.js";
import { InputError } from "../../files/input-error.js";
import { openTensors } from "../../files/shards.js";
import { asIntegers, asLogits, type Tensor } from "../../files/tensor.js";
import type { TensorFile } from "../../files/tensor-file.js";
import { type Shift, shiftOf, TARGET_NAMES } from "./shift.js";

/** The file and the name of a tensor. */
export interface TensorChoice {
  readonly path: string;
  readonly name: string;
  /** The option that selects another tensor; errors name it. */
  readonly nameOption: string;
}

/** The targets. Without a name they are the first of `targets`, `labels` and `input_ids` in their file. */
export interface TargetsChoice extends Omit<TensorChoice, "name"> {
  readonly name: string | undefined;
  /** The number of --shift; undefined: by the targets' name. */
  readonly shift: number | undefined;
}

export interface InputChoices {
  /** Logits of one model to score, or of two models to compare. */
  readonly logits: readonly TensorChoice[];
  readonly targets: TargetsChoice;
  /** `required`: the user gave a file or a name, so a missing tensor is an error. */
  readonly tokenBytes?: (TensorChoice & { readonly required: boolean }) | undefined;
}

/** Open files whose tensors match each other. */
export interface Inputs {
  /** One tensor per model. */
  readonly logits: readonly Tensor<LogitDtype>[];
  readonly rows: number;
  readonly classes: number;
  readonly targets: Tensor<IntegerDtype>;
  readonly shift: Shift;
  /** Byte count of each id's text. */
  readonly tokenBytes: TokenBytes | undefined;
  /** All open files. */
  readonly files: readonly ByteFile[];
  close(): void;
}

export interface TokenBytes {
  readonly label: string;
  readonly counts: Int32Array;
}

/** A run holds three rows of each model at least. Vocabularies end at a million classes. */
const MOST_ROW_BYTES = 2 ** 25;

/** No token's text is nearly this long: larger numbers are not byte counts. */
const MOST_BYTES = 2 ** 31 - 1;

/** @throws InputError when a file cannot be used or the tensors do not match each other */
export async function openInputs(choices: InputChoices): Promise<Inputs> {
  const opened = new Map<string, TensorFile>();
  const open = async (path: string) => {
    const file = opened.get(path) ?? (await openTensors(path));
    opened.set(path, file);
    return file;
  };
  const close = () => {
    for (const file of opened.values()) file.close();
  };
  try {
    const tensors = await readInputs(choices, open);
    return { ...tensors, files: Array.from(opened.values()).flatMap(({ files }) => files), close };
  } catch (error) {
    close();
    throw error;
  }
}

/** Opens a file, or returns it if it is open already. */
type Open = (path: string) => Promise<TensorFile>;

async function readInputs(choices: InputChoices, open: Open): Promise<Omit<Inputs, "files" | "close">> {
  const find = async ({ path, name, nameOption }: TensorChoice) => (await open(path)).find(name, nameOption);
  const logits: Tensor<LogitDtype>[] = [];
  for (const choice of choices.logits) {
    if (choice.path === choices.targets.path && (await open(choice.path)).format === "npy") {
      throw new InputError(`${choice.path}: contains only one array; give the targets with --targets FILE`);
    }
    logits.push(checkedLogits(asLogits(await find(choice), "logits")));
  }
  const [first, ...others] = logits;
  if (first === undefined) throw new RangeError("logits: expected at least one choice, got none");
  for (const other of others) {
    if (other.rows === first.rows && other.columns === first.columns) continue;
    throw new InputError(
      `${other.label}: expected logits [${first.rows},${first.columns}], like ${first.label}, ` +
        `got [${other.rows},${other.columns}]`,
    );
  }
  const targets = asIntegers(await find(await named(choices.targets, open)), "targets");
  const shift = shiftOf(first, targets, choices.targets.shift);
  const tokenBytes = await readTokenBytes(choices.tokenBytes, first, open);
  return { logits, rows: first.rows, classes: first.columns, targets, shift, tokenBytes };
}

async function named({ name, ...choice }: TargetsChoice, open: Open): Promise<TensorChoice> {
  const file = await open(choice.path);
  return { ...choice, name: name ?? TARGET_NAMES.find((known) => file.has(known)) ?? TARGET_NAMES[0] };
}

function checkedLogits(logits: Tensor<LogitDtype>): Tensor<LogitDtype> {
  if (logits.shape.length < 2) {
    throw new InputError(`${logits.label}: expected logits of shape [rows, classes], got [${logits.shape}]`);
  }
  if (logits.rows === 0 || logits.columns === 0) {
    throw new InputError(`${logits.label}: has shape [${logits.shape}], so there is nothing to score`);
  }
  const rowBytes = logits.columns * logits.elementBytes;
  if (rowBytes > MOST_ROW_BYTES) {
    throw new InputError(
      `${logits.label}: has rows of ${logits.columns} classes, ${rowBytes} bytes each; at most ${MOST_ROW_BYTES} are read: ` +
        "cut the classes into shards, and merge them with the library's crossEntropyFromPartial",
    );
  }
  return logits;
}

async function readTokenBytes(
  choice: InputChoices["tokenBytes"],
  { columns: classes, label }: Tensor,
  open: Open,
): Promise<TokenBytes | undefined> {
  if (choice === undefined) return undefined;
  const file = await open(choice.path);
  if (!choice.required && !file.has(choice.name)) return undefined;
  const tensor = asIntegers(file.find(choice.name, choice.nameOption), "token bytes");
  // before it is read, because it may have any length
  if (tensor.length > classes) {
    throw new InputError(
      `${tensor.label}: has ${tensor.length} entries, but ${label} has ${classes} classes; give one byte count per class`,
    );
  }
  const values = makeArray(tensor.dtype, tensor.length);
  await tensor.fill(values, 0);
  const counts = Array.from(values as ArrayLike<number | bigint>, Number);
  const wrong = counts.findIndex((count) => count < 0 || count > MOST_BYTES);
  if (wrong >= 0) {
    throw new InputError(`${tensor.label}: entry ${wrong}: expected a number of bytes in 0..${MOST_BYTES}, got ${counts[wrong]}`);
  }
  return { label: tensor.label, counts: Int32Array.from(counts) };
}

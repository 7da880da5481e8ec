import { withoutSecrets } from "../../files/address.js";
import { type IntegerDtype, type LogitDtype, makeArray } from "../../files/dtypes.js";
import { InputError } from "../../files/input-error.js";
import { type InputFile, withFetched } from "../../files/input-file.js";
import type { OpenHow } from "../../files/open-input.js";
import { PipedFile } from "../../files/piped-file.js";
import { openTensors } from "../../files/shards.js";
import {
  asFlags,
  asIntegers,
  asLogits,
  elementCount,
  labelOf,
  type StoredRowsInfo,
  type Tensor,
  type TensorEntry,
} from "../../files/tensor.js";
import type { TensorFile } from "../../files/tensor-file.js";
import { type Shift, shiftOf, TARGET_NAMES } from "./shift.js";

/** The file and the name of a tensor. */
export interface TensorChoice {
  readonly path: string;
  /** Further files, whose rows follow. */
  readonly more?: readonly string[];
  readonly name: string;
  /** The option that selects another tensor; errors name it. */
  readonly nameOption: string;
}

/** @returns the files of a choice alone */
export function filesOf({ path, more }: TensorChoice): Pick<TensorChoice, "path" | "more"> {
  return more === undefined ? { path } : { path, more };
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
  /** The classes in use of a padded vocabulary; undefined: all. */
  readonly classes?: number | undefined;
  /** One entry per target: 0 or false counts nowhere. */
  readonly mask?: TensorChoice | undefined;
  /** One entry per target: the document that it belongs to. */
  readonly documents?: TensorChoice | undefined;
  /** `required`: the user gave a file or a name, so a missing tensor is an error. */
  readonly tokenBytes?: (TensorChoice & { readonly required: boolean }) | undefined;
}

/** Open files whose tensors match each other. */
export interface Inputs {
  /** One tensor per model. */
  readonly logits: readonly Tensor<LogitDtype>[];
  readonly rows: number;
  /** The classes in use; rows may have more columns. */
  readonly classes: number;
  readonly targets: Tensor<IntegerDtype>;
  readonly mask: Tensor<IntegerDtype> | undefined;
  readonly documents: Tensor<IntegerDtype> | undefined;
  readonly shift: Shift;
  /** Byte count of each id's text. */
  readonly tokenBytes: TokenBytes | undefined;
  /** All open files. */
  readonly files: readonly InputFile[];
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
export async function openInputs(choices: InputChoices, how: OpenHow): Promise<Inputs> {
  const opened = new Map<string, TensorFile>();
  const open = async ({ path, more = [] }: FileChoice) => {
    const key = JSON.stringify([path, more]);
    const file = opened.get(key) ?? (await openTensors(path, how, more));
    opened.set(key, file);
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
type Open = (choice: FileChoice) => Promise<TensorFile>;

type FileChoice = Pick<TensorChoice, "path" | "more">;

async function readInputs(choices: InputChoices, open: Open): Promise<Omit<Inputs, "files" | "close">> {
  const find = async (choice: TensorChoice) => {
    const file = await open(choice);
    return withFetched(() => file.find(choice.name, choice.nameOption));
  };
  const logits: Tensor<LogitDtype>[] = [];
  for (const choice of choices.logits) {
    if (choice.path === choices.targets.path && (await open(choice)).format === "npy") {
      throw new InputError(`${withoutSecrets(choice.path)}: contains only one array; give the targets with --targets FILE`);
    }
    logits.push(checkedLogits(asLogits(await find(choice), "logits")));
  }
  const [first, ...others] = logits;
  if (first === undefined) throw new RangeError("logits: expected at least one choice, got none");
  for (const other of others) checkAlike(first, other, choices.classes);
  for (const other of others) await checkStored(first, other);
  const classes = classesOf(logits, choices.classes);
  const targets = asIntegers(await find(await named(choices.targets, open)), "targets");
  await keepOfStream(targets);
  const shift = shiftOf(first, targets, choices.targets.shift);
  const mask = choices.mask && asFlags(await besideTargets(choices.mask, targets, open), "the mask");
  const documents = choices.documents && asIntegers(await besideTargets(choices.documents, targets, open), "documents");
  for (const beside of [mask, documents]) if (beside !== undefined) await keepOfStream(beside);
  const tokenBytes = await readTokenBytes(choices.tokenBytes, { classes, label: first.label }, open);
  return { logits, rows: first.rows, classes, targets, mask, documents, shift, tokenBytes };
}

function checkAlike(first: Tensor, other: Tensor, classes: number | undefined): void {
  if (other.rows === first.rows && (classes !== undefined || other.columns === first.columns)) return;
  const [shape, otherShape] = [first, other].map(({ rows, columns }) => `[${rows},${columns}]`);
  const expected = `${other.label}: expected logits ${shape}, like ${first.label}, got ${otherShape}`;
  if (other.rows !== first.rows) throw new InputError(expected);
  const least = Math.min(first.columns, other.columns);
  throw new InputError(
    `${expected}; if one vocabulary is padded, give the number of classes in use: --classes ${least}, or fewer if both are`,
  );
}

/** @throws InputError when two of llama.cpp's files are not of the same windows of the same tokens */
async function checkStored(first: Tensor, second: Tensor): Promise<void> {
  const [a, b] = [first.entry.stored, second.entry.stored];
  if (a === undefined || b === undefined) return;
  const [path, otherPath] = [first.entry.file.path, second.entry.file.path];
  if (a.contextLength !== b.contextLength) {
    throw new InputError(
      `${otherPath}: has n_ctx ${b.contextLength}, but ${path} ${a.contextLength}; write both with the same -c`,
    );
  }
  const [own, others] = await withFetched(() => [tokensOf(a), tokensOf(b)] as const);
  const wrong = own.findIndex((token, row) => token !== others[row]);
  if (wrong < 0) return;
  throw new InputError(
    `${otherPath}: row ${wrong} predicts token ${others[wrong]}, but in ${path} token ${own[wrong]}; compare files of the same text`,
  );
}

function tokensOf({ targets }: StoredRowsInfo): number[] {
  return Array.from(asIntegers(targets, "tokens").readAll() as ArrayLike<number | bigint>, Number);
}

function classesOf(logits: readonly Tensor[], given: number | undefined): number {
  const narrowest = logits.reduce((a, b) => (b.columns < a.columns ? b : a));
  if (given === undefined || given <= narrowest.columns) return given ?? narrowest.columns;
  throw new InputError(`--classes: expected at most ${narrowest.columns}, the columns of ${narrowest.label}, got ${given}`);
}

/** Returns a tensor with one entry per target. */
async function besideTargets(choice: TensorChoice, targets: Tensor, open: Open): Promise<TensorEntry> {
  const { name, nameOption } = choice;
  const file = await open(choice);
  const entry = await withFetched(() => file.find(name, nameOption));
  // a .npy gives its one array for any name
  if (targets.entry.isNamedByFile && entry.file === targets.entry.file) {
    throw new InputError(
      `${nameOption}: ${withoutSecrets(choice.path)} contains only the targets; give a .npy file, or save both in one .safetensors`,
    );
  }
  const count = elementCount(entry.shape);
  if (count === targets.length) return entry;
  throw new InputError(
    `${labelOf(entry)}: expected ${targets.length} entries, one per target of ${targets.label}, got ${count} ([${entry.shape}])`,
  );
}

/** Targets are read with each batch of logits, and a stream cannot go back. */
async function keepOfStream({ entry, length, elementBytes }: Tensor): Promise<void> {
  if (entry.file instanceof PipedFile) await entry.file.fetch(entry.byteOffset, length * elementBytes);
}

async function named({ name, ...choice }: TargetsChoice, open: Open): Promise<TensorChoice> {
  const file = await open(choice);
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
  { classes, label }: { readonly classes: number; readonly label: string },
  open: Open,
): Promise<TokenBytes | undefined> {
  if (choice === undefined) return undefined;
  const file = await open(choice);
  if (!choice.required && !file.has(choice.name)) return undefined;
  const tensor = asIntegers(await withFetched(() => file.find(choice.name, choice.nameOption)), "token bytes");
  // before it is read, because it may have any length
  if (tensor.length !== classes) {
    const remedy =
      tensor.length < classes
        ? `if the vocabulary is padded, give --classes ${tensor.length}`
        : "give one byte count per class, or --classes without those of the padding";
    throw new InputError(`${tensor.label}: has ${tensor.length} entries, but ${label} has ${classes} classes in use; ${remedy}`);
  }
  await keepOfStream(tensor);
  const values = makeArray(tensor.dtype, tensor.length);
  await tensor.fill(values, 0);
  const counts = Array.from(values as ArrayLike<number | bigint>, Number);
  const wrong = counts.findIndex((count) => count < 0 || count > MOST_BYTES);
  if (wrong >= 0) {
    throw new InputError(`${tensor.label}: entry ${wrong}: expected a number of bytes in 0..${MOST_BYTES}, got ${counts[wrong]}`);
  }
  return { label: tensor.label, counts: Int32Array.from(counts) };
}

import { ByteFile } from "./byte-file.js";
import { readUpTo } from "./byte-source.js";
import { InputError } from "./input-error.js";
import { type InputFile, withFetched } from "./input-file.js";
import { looksLikeLlama, readLlama } from "./llama-logits.js";
import { looksLikeNpy, readNpy } from "./npy.js";
import { Npz } from "./npz.js";
import { type OpenHow, openInput } from "./open-input.js";
import { looksLikeSafetensors, readSafetensors } from "./safetensors.js";
import type { TensorEntry } from "./tensor.js";

/** The tensors of one open file, or of several. The caller closes it. */
export interface TensorFile {
  readonly path: string;
  readonly format: "safetensors" | "npy" | "npz" | "llama" | "shards";
  /** Names of the tensors; the tensor of a .npy is called as its file. */
  readonly names: readonly string[];
  /** The underlying files, in order. */
  readonly files: readonly InputFile[];
  /**
   * Returns the tensor of that name; a .npy returns its one tensor for any name.
   * @throws InputError when there is none. The error lists the tensors present and names `option`, which selects another.
   */
  find(name: string, option: string): TensorEntry;
  /** @returns whether there is a tensor of that name (always false for a .npy, which names none itself) */
  has(name: string): boolean;
  close(): void;
}

const ZIP = "PK\x03\x04";

/** First bytes of files that are often given by mistake, with the remedy. */
const OTHERS: readonly (readonly [magic: string, advice: string])[] = [
  ["version https://git-lfs", "is a Git LFS pointer, not the data; run git lfs pull"],
  ["GGUF", "is a GGUF model, not logits; run the model and save its logits with safetensors' save_file"],
  ["\x89HDF", "is an HDF5 file; save its arrays with safetensors' save_file"],
];

/**
 * Opens a .safetensors, .npy, .npz or llama.cpp file and reads its header. The first bytes decide the format; the file's ending decides only
 * when they match none.
 * @throws InputError when the file cannot be opened or has another format
 */
export function openTensorFile(path: string): TensorFile {
  const file = new ByteFile(path);
  try {
    return readEntries(file);
  } catch (error) {
    file.close();
    throw error;
  }
}

/**
 * Like `openTensorFile`, also for addresses and stdin.
 * @throws InputError when it cannot be opened or has another format
 */
export async function openTensorInput(path: string, how: OpenHow): Promise<TensorFile> {
  const file = await openInput(path, how);
  try {
    return await withFetched(() => readEntries(file));
  } catch (error) {
    file.close();
    throw error;
  }
}

function readEntries(file: InputFile): TensorFile {
  if (file.size === 0) throw new InputError(`${file.path}: is empty (0 bytes); write it again`);
  if (looksLikeNpy(file)) return npyFile(file);
  if (looksLikeLlama(file)) return llamaFile(file);
  if (looksLikeSafetensors(file)) return safetensorsFile(file);
  const head = String.fromCharCode(...readUpTo(file, 0, 32));
  if (head.startsWith(ZIP)) {
    if (file.size !== Number.POSITIVE_INFINITY) return npzFile(file);
    throw new InputError(`${file.path}: is a .npz, whose directory is at its end, so it is no stream; save it to a file first`);
  }
  const advice = OTHERS.find(([magic]) => head.startsWith(magic))?.[1];
  if (advice !== undefined) throw new InputError(`${file.path}: ${advice}`);
  // no format matches: the reader for the file's ending says what is wrong
  if (file.path.endsWith(".npy")) return npyFile(file);
  if (file.path.endsWith(".npz")) return npzFile(file);
  if (file.path.endsWith(".safetensors")) return safetensorsFile(file);
  throw new InputError(`${file.path}: is not a .safetensors, .npy or .npz file; save it as one of these`);
}

function npyFile(file: InputFile): TensorFile {
  const entry = { ...readNpy(file), name: file.title.replace(/\.npy$/, ""), isNamedByFile: true } as const;
  return { ...common(file), format: "npy", names: [entry.name], find: () => entry, has: () => false };
}

function npzFile(file: InputFile): TensorFile {
  const archive = Npz.open(file);
  const { names } = archive;
  return {
    ...common(file),
    format: "npz",
    names,
    find: (name, option) => archive.find(name) ?? noTensor(file.path, names, name, option),
    has: (name) => names.includes(name),
    close() {
      archive.close();
      file.close();
    },
  };
}

function safetensorsFile(file: InputFile): TensorFile {
  const header = readSafetensors(file);
  return {
    ...common(file),
    format: "safetensors",
    get names() {
      return header.names;
    },
    has: header.has,
    find: (name, option) => header.find(name) ?? noTensor(file.path, header.names, name, option),
  };
}

function llamaFile(file: InputFile): TensorFile {
  if (file.size === Number.POSITIVE_INFINITY) {
    throw new InputError(
      `${file.path}: is a logits file of llama.cpp, which is read twice, so it is no stream; save it to a file first`,
    );
  }
  const tensors: Readonly<Record<string, TensorEntry>> = { ...readLlama(file) };
  const names = Object.keys(tensors);
  return {
    ...common(file),
    format: "llama",
    names,
    find: (name, option) => tensors[name] ?? noTensor(file.path, names, name, option),
    has: (name) => names.includes(name),
  };
}

function common(file: InputFile): Pick<TensorFile, "path" | "files" | "close"> {
  return { path: file.path, files: [file], close: () => file.close() };
}

/** The most names in an error. */
const MOST_LISTED = 20;

/** @throws InputError always; it lists the tensors present */
export function noTensor(path: string, names: readonly string[], name: string, option: string): never {
  const listed = names.slice(0, MOST_LISTED).map((other) => JSON.stringify(other));
  const more = names.length > MOST_LISTED ? ` and ${names.length - MOST_LISTED} more` : "";
  const present = listed.length === 0 ? "none" : `${listed.join(", ")}${more}`;
  throw new InputError(`${path}: has no tensor ${JSON.stringify(name)}; it has ${present}: choose one with ${option}`);
}

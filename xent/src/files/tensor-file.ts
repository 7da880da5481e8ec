import { ByteFile } from "./byte-file.js";
import { readUpTo } from "./byte-source.js";
import { InputError } from "./input-error.js";
import { looksLikeNpy, readNpy } from "./npy.js";
import { Npz } from "./npz.js";
import { looksLikeSafetensors, readSafetensors } from "./safetensors.js";
import type { TensorEntry } from "./tensor.js";

/** Open tensors of a file, or of several. Close it when done. */
export interface TensorFile {
  readonly path: string;
  readonly format: "safetensors" | "npy" | "npz" | "shards";
  /** Of the tensors; a .npy's has none. */
  readonly names: readonly string[];
  /** What is read, in order. */
  readonly files: readonly ByteFile[];
  /**
   * The tensor of that name; a .npy gives its one tensor for any name.
   * @throws InputError when there is none: lists those present and names `option`, which chooses another
   */
  find(name: string, option: string): TensorEntry;
  /** @returns whether there is a tensor of that name (false for a .npy, whose tensor has none) */
  has(name: string): boolean;
  close(): void;
}

const ZIP = "PK\x03\x04";

/** First bytes of files that are often given by mistake, and what to do about them. */
const OTHERS: readonly (readonly [magic: string, advice: string])[] = [
  ["version https://git-lfs", "is a Git LFS pointer, not the data; run git lfs pull"],
  ["GGUF", "is a GGUF model, not logits; run the model and save its logits with safetensors' save_file"],
  ["\x89HDF", "is an HDF5 file; save its arrays with safetensors' save_file"],
];

/**
 * Opens a .safetensors, .npy or .npz file: what it begins with decides, its name's ending where that is in doubt.
 * Reads the header only.
 * @throws InputError when it cannot be opened or is no such file
 */
export async function openTensorFile(path: string): Promise<TensorFile> {
  const file = new ByteFile(path);
  try {
    return await readEntries(file);
  } catch (error) {
    file.close();
    throw error;
  }
}

async function readEntries(file: ByteFile): Promise<TensorFile> {
  if (file.size === 0) throw new InputError(`${file.path}: is empty (0 bytes); write it again`);
  if (looksLikeNpy(file)) return npyFile(file);
  if (looksLikeSafetensors(file)) return safetensorsFile(file);
  const head = String.fromCharCode(...readUpTo(file, 0, 32));
  if (head.startsWith(ZIP)) return npzFile(file);
  const advice = OTHERS.find(([magic]) => head.startsWith(magic))?.[1];
  if (advice !== undefined) throw new InputError(`${file.path}: ${advice}`);
  // none by its first bytes: the reader of its ending says what is wrong with it
  if (file.path.endsWith(".npy")) return npyFile(file);
  if (file.path.endsWith(".npz")) return npzFile(file);
  if (file.path.endsWith(".safetensors")) return safetensorsFile(file);
  throw new InputError(`${file.path}: is no .safetensors, .npy or .npz file; save it as one of these`);
}

function npyFile(file: ByteFile): TensorFile {
  const entry = readNpy(file);
  return { ...common(file), format: "npy", names: [""], find: () => entry, has: () => false };
}

async function npzFile(file: ByteFile): Promise<TensorFile> {
  const archive = await Npz.open(file);
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

function safetensorsFile(file: ByteFile): TensorFile {
  const entries = new Map(readSafetensors(file).map((entry) => [entry.name, entry]));
  const names = [...entries.keys()];
  return {
    ...common(file),
    format: "safetensors",
    names,
    find: (name, option) => entries.get(name) ?? noTensor(file.path, names, name, option),
    has: (name) => entries.has(name),
  };
}

function common(file: ByteFile): Pick<TensorFile, "path" | "files" | "close"> {
  return { path: file.path, files: [file], close: () => file.close() };
}

/** @throws InputError that lists the tensors present */
export function noTensor(path: string, names: readonly string[], name: string, option: string): never {
  const present = names.map((other) => JSON.stringify(other)).join(", ") || "none";
  throw new InputError(`${path}: has no tensor ${JSON.stringify(name)}; it has ${present}: choose one with ${option}`);
}

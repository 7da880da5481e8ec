import { ByteFile } from "./byte-file.js";
import { InputError } from "./input-error.js";
import { looksLikeNpy, readNpy } from "./npy.js";
import { looksLikeSafetensors, readSafetensors } from "./safetensors.js";
import type { TensorEntry } from "./tensor.js";

/** An open file of tensors. Close it when done. */
export interface TensorFile {
  readonly path: string;
  readonly format: "safetensors" | "npy";
  readonly entries: readonly TensorEntry[];
  /**
   * The tensor of that name; a .npy gives its one tensor for any name.
   * @throws InputError when there is none: lists those present and names `option`, which chooses another
   */
  find(name: string, option: string): TensorEntry;
  /** @returns whether there is a tensor of that name (false for a .npy, whose tensor has none) */
  has(name: string): boolean;
  close(): void;
}

/** First bytes of files that are often given by mistake, and what to do about them. */
const OTHERS: readonly (readonly [magic: string, advice: string])[] = [
  ["PK\x03\x04", "is a zip archive (.npz or PyTorch); save each array with np.save or all with safetensors' save_file"],
  ["version https://git-lfs", "is a Git LFS pointer, not the data; run git lfs pull"],
  ["GGUF", "is a GGUF model, not logits; run the model and save its logits with safetensors' save_file"],
  ["\x89HDF", "is an HDF5 file; save its arrays with safetensors' save_file"],
];

/**
 * Opens a .safetensors or .npy file: what it begins with decides, its name's ending where that is in doubt.
 * Reads the header only.
 * @throws InputError when it cannot be opened or is no such file
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

function readEntries(file: ByteFile): TensorFile {
  if (file.size === 0) throw new InputError(`${file.path}: is empty (0 bytes); write it again`);
  if (looksLikeNpy(file)) return tensorFile(file, "npy", [readNpy(file)]);
  if (looksLikeSafetensors(file)) return tensorFile(file, "safetensors", readSafetensors(file));
  const head = String.fromCharCode(...file.read(0, 32));
  const advice = OTHERS.find(([magic]) => head.startsWith(magic))?.[1];
  if (advice !== undefined) throw new InputError(`${file.path}: ${advice}`);
  // neither by its first bytes: the reader of its ending says what is wrong with it
  if (file.path.endsWith(".npy")) return tensorFile(file, "npy", [readNpy(file)]);
  if (file.path.endsWith(".safetensors")) return tensorFile(file, "safetensors", readSafetensors(file));
  throw new InputError(`${file.path}: is neither a .safetensors nor a .npy file; save it as one of these`);
}

function tensorFile(file: ByteFile, format: TensorFile["format"], entries: readonly TensorEntry[]): TensorFile {
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  return {
    path: file.path,
    format,
    entries,
    find(name, option) {
      const entry = format === "npy" ? entries[0] : byName.get(name);
      if (entry !== undefined) return entry;
      const present = entries.map((other) => JSON.stringify(other.name)).join(", ") || "none";
      throw new InputError(`${file.path}: has no tensor ${JSON.stringify(name)}; it has ${present}: choose one with ${option}`);
    },
    has: (name) => format === "safetensors" && byName.has(name),
    close: () => file.close(),
  };
}

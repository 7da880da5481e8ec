import { readUpTo } from "../../../../xent/build/files/byte-source.js";
import { InputError } from "../../../../xent/build/files/input-error.js";
import { looksLikeNpy, readNpy } from "../../../../xent/build/files/npy.js";
import { looksLikeSafetensors, readSafetensors } from "../../../../xent/build/files/safetensors.js";
import type { TensorEntry } from "../../../../xent/build/files/tensor.js";
import { BlobBytes } from "./blob-bytes.js";

/** Longer than the header of any .npy that can be read. */
const NPY_HEAD_BYTES = 70_000;

/** The limit of the .safetensors format. */
const LONGEST_HEADER = 100_000_000;

/**
 * Lists the tensors of a .safetensors or .npy file. Reads only the header.
 * @throws InputError when the file has another format, is truncated, or contradicts itself
 */
export async function tensorsOf(file: File): Promise<TensorEntry[]> {
  const bytes = new BlobBytes(file);
  await bytes.readHead(NPY_HEAD_BYTES);
  if (looksLikeNpy(bytes)) return [ofNpy(bytes)];
  if (looksLikeSafetensors(bytes) || file.name.endsWith(".safetensors")) {
    await bytes.readHead(safetensorsHeadBytes(bytes));
    const header = readSafetensors(bytes);
    return header.names.flatMap((name) => header.find(name) ?? []);
  }
  if (file.name.endsWith(".npy")) return [ofNpy(bytes)];
  throw new InputError(`${file.name}: is neither a .safetensors nor a .npy file; save it as one of these`);
}

/** A .npy names no tensor: it is called as its file. */
function ofNpy(bytes: BlobBytes): TensorEntry {
  return { ...readNpy(bytes), name: bytes.path.replace(/\.npy$/, ""), isNamedByFile: true };
}

function safetensorsHeadBytes(bytes: BlobBytes): number {
  const first = readUpTo(bytes, 0, 8);
  const length = first.length < 8 ? 0n : new DataView(first.buffer).getBigUint64(0, true);
  // the reader needs only the first bytes to refuse a longer header
  return 8 + Math.min(Number(length) + 1, LONGEST_HEADER);
}

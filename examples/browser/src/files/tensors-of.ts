import { readUpTo } from "../../../../xent/build/files/byte-source.js";
import { InputError } from "../../../../xent/build/files/input-error.js";
import { looksLikeNpy, readNpy } from "../../../../xent/build/files/npy.js";
import { looksLikeSafetensors, readSafetensors } from "../../../../xent/build/files/safetensors.js";
import type { TensorEntry } from "../../../../xent/build/files/tensor.js";
import { BlobBytes } from "./blob-bytes.js";

/** More than the header of any .npy. */
const NPY_HEAD_BYTES = 70_000;

/** The format's own limit of a header. */
const LONGEST_HEADER = 100_000_000;

/**
 * The tensors of a .safetensors or .npy file: its header is read, nothing else.
 * @throws InputError when it is neither, is truncated or contradicts itself
 */
export async function tensorsOf(file: File): Promise<TensorEntry[]> {
  const bytes = new BlobBytes(file);
  await bytes.readHead(NPY_HEAD_BYTES);
  if (looksLikeNpy(bytes)) return [readNpy(bytes)];
  if (looksLikeSafetensors(bytes) || file.name.endsWith(".safetensors")) {
    await bytes.readHead(safetensorsHeadBytes(bytes));
    return readSafetensors(bytes);
  }
  if (file.name.endsWith(".npy")) return [readNpy(bytes)];
  throw new InputError(`${file.name}: is neither a .safetensors nor a .npy file; save it as one of these`);
}

function safetensorsHeadBytes(bytes: BlobBytes): number {
  const first = readUpTo(bytes, 0, 8);
  const length = first.length < 8 ? 0n : new DataView(first.buffer).getBigUint64(0, true);
  // of a longer one the reader says what is wrong, from the bytes that it begins with
  return 8 + Math.min(Number(length) + 1, LONGEST_HEADER);
}

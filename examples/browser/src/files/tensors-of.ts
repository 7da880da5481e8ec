import { InputError } from "../../../../build/files/input-error.js";
import { looksLikeNpy, readNpy } from "../../../../build/files/npy.js";
import { looksLikeSafetensors, readSafetensors } from "../../../../build/files/safetensors.js";
import type { TensorEntry } from "../../../../build/files/tensor.js";
import { FileHead, readBytes } from "./file-head.js";

/** A tensor and the file that it is in. */
export interface FileTensor {
  readonly file: File;
  readonly entry: TensorEntry;
}

/** More than the header of any .npy. */
const NPY_HEAD_BYTES = 70_000;

/** The format's own limit of a header. */
const LONGEST_HEADER = 100_000_000;

/**
 * The tensors of a .safetensors or .npy file: its header is read, nothing else.
 * @throws InputError when it is neither, is truncated or contradicts itself
 */
export async function tensorsOf(file: File): Promise<FileTensor[]> {
  const head = await FileHead.of(file, NPY_HEAD_BYTES);
  if (looksLikeNpy(head)) return [{ file, entry: readNpy(head) }];
  if (looksLikeSafetensors(head) || file.name.endsWith(".safetensors")) {
    return readSafetensors(await safetensorsHead(file)).map((entry) => ({ file, entry }));
  }
  if (file.name.endsWith(".npy")) return [{ file, entry: readNpy(head) }];
  throw new InputError(`${file.name}: is neither a .safetensors nor a .npy file; save it as one of these`);
}

async function safetensorsHead(file: File): Promise<FileHead> {
  const first = await readBytes(file, 0, 8);
  const length = first.length < 8 ? 0n : new DataView(first.buffer).getBigUint64(0, true);
  // of a longer one the reader says what is wrong, from the bytes that it begins with
  return FileHead.of(file, 8 + Math.min(Number(length) + 1, LONGEST_HEADER));
}

import { readTensors } from "./tensor-file.js";

/** Contents of a shipped passage (examples/data). */
export interface PassageFile {
  readonly classes: number;
  readonly logits: Float32Array;
  readonly targets: BigInt64Array;
  readonly tokenBytes: Int32Array;
}

/** Reads a .safetensors file with F32 logits, I64 targets and I32 token_bytes. */
export function readPassageFile(path: string): PassageFile {
  const file = readTensors(path);
  const logits = file.floats("logits");
  return {
    classes: logits.dims[1] as number,
    logits: logits.data,
    targets: new BigInt64Array(file.bytes("targets")),
    tokenBytes: new Int32Array(file.bytes("token_bytes")),
  };
}

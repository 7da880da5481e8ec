import { readFileSync } from "node:fs";

/** The tensors of a .safetensors file: header length in 8 bytes, JSON header, data. */
export interface TensorFile {
  bytes(name: string): ArrayBuffer;
  /** An F32 tensor. */
  floats(name: string): { readonly data: Float32Array; readonly dims: readonly number[] };
}

export function readTensors(path: string): TensorFile {
  const file = readFileSync(path);
  const start = 8 + Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString("utf8", 8, start)) as Readonly<
    Record<string, { readonly shape: readonly number[]; readonly data_offsets: readonly [number, number] }>
  >;
  const bytes = (name: string): ArrayBuffer => {
    const [from, to] = header[name]?.data_offsets ?? [0, 0];
    // copied, because typed arrays need an aligned offset
    return Uint8Array.from(file.subarray(start + from, start + to)).buffer;
  };
  return { bytes, floats: (name) => ({ data: new Float32Array(bytes(name)), dims: header[name]?.shape ?? [] }) };
}

import { readFileSync } from "node:fs";

/** Contents of a shipped passage (examples/data). */
export interface PassageFile {
  readonly classes: number;
  readonly logits: Float32Array;
  readonly targets: BigInt64Array;
  readonly tokenBytes: Int32Array;
}

/** Reads a .safetensors file (header length in 8 bytes, JSON header, data) with F32 logits, I64 targets and I32 token_bytes. */
export function readPassageFile(path: string): PassageFile {
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
  return {
    classes: header.logits?.shape[1] as number,
    logits: new Float32Array(bytes("logits")),
    targets: new BigInt64Array(bytes("targets")),
    tokenBytes: new Int32Array(bytes("token_bytes")),
  };
}

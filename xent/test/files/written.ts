import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

/** Writes files for tests: valid ones, and invalid ones of every kind. */

/** @returns a function that writes bytes to a new folder, which is removed after the test file */
export function temporaryFolder(): { path: (name: string) => string; write: (name: string, bytes: Uint8Array) => string } {
  const folder = mkdtempSync(join(tmpdir(), "xent-test-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const path = (name: string) => join(folder, name);
  return {
    path,
    write(name, bytes) {
      writeFileSync(path(name), bytes);
      return path(name);
    },
  };
}

export interface WrittenTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: ArrayBufferView;
}

/** A .safetensors of these tensors, in order. `change` may modify the header before it is written. */
export function safetensorsBytes(
  tensors: Readonly<Record<string, WrittenTensor>>,
  change: (header: Record<string, unknown>) => unknown = (header) => header,
): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
  const parts: Uint8Array[] = [];
  let begin = 0;
  for (const [name, { dtype, shape, data }] of Object.entries(tensors)) {
    const end = begin + data.byteLength;
    header[name] = { dtype, shape, data_offsets: [begin, end] };
    parts.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    begin = end;
  }
  const text = change(header);
  return withHeader(typeof text === "string" ? text : JSON.stringify(text), parts);
}

/** Concatenates the length of `header`, the header and the parts. */
export function withHeader(header: string, parts: readonly Uint8Array[] = []): Uint8Array {
  const text = new TextEncoder().encode(header);
  const length = new Uint8Array(new BigUint64Array([BigInt(text.length)]).buffer);
  return concatenate([length, text, ...parts]);
}

/** A .npy with this Python dict as its header, padded like numpy's. */
export function npyBytes(dict: string, data: ArrayBufferView, version: 1 | 2 | 3 = 1): Uint8Array {
  const preamble = version === 1 ? 10 : 12;
  const padded = `${dict.padEnd(Math.ceil((preamble + dict.length + 1) / 64) * 64 - preamble - 1)}\n`;
  const head = new Uint8Array(preamble);
  head.set([0x93, ...new TextEncoder().encode("NUMPY"), version, 0]);
  const view = new DataView(head.buffer);
  if (version === 1) view.setUint16(8, padded.length, true);
  else view.setUint32(8, padded.length, true);
  return concatenate([head, new TextEncoder().encode(padded), new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]);
}

/** The dict that numpy writes. */
export function npyDict(descr: string, shape: readonly number[], fortran = false): string {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  return `{'descr': '${descr}', 'fortran_order': ${fortran ? "True" : "False"}, 'shape': ${tuple}, }`;
}

export function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

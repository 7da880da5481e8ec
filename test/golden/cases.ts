/** What is recorded: every function at sizes around the kernels' blocks, segments and tiles, along both kinds of axis. */
import { type Bits, type Call, callsOf, layerCallsOf } from "../support/calls.js";

const SHAPES: readonly (readonly [shape: readonly number[], axis: number])[] = [
  [[1, 10], -1],
  [[67, 10], -1],
  [[1650, 10], -1],
  [[13, 129], -1],
  [[33, 1000], -1],
  [[3, 4097], -1],
  [[2, 65664], -1],
  [[1, 50257], -1],
  [[3, 7, 50], 1],
  [[1, 132000, 2], 1],
];

export interface GoldenCase {
  readonly name: string;
  readonly call: Call;
}

export const goldenCases: readonly GoldenCase[] = SHAPES.flatMap(([shape, axis], seed) =>
  [...callsOf(shape, axis, seed + 1), ...layerCallsOf(shape, axis, seed + 1)].map((call) => ({
    name: `${call.name}${call.variant === "" ? "" : ` (${call.variant})`} of [${shape.join(", ")}], axis ${axis}`,
    call,
  })),
);

/** Numbers of a result as text: `path:bytes:hash` of each part, FNV-1a over the bytes. */
export function fingerprint(bits: Bits): string {
  return bits.map(([path, bytes]) => `${path}:${bytes.length}:${fnv1a(bytes)}`).join(" ");
}

function fnv1a(bytes: Uint8Array): string {
  let hash = 0x811c9dc5;
  let second = 0;
  for (const byte of bytes) {
    hash = Math.imul(hash ^ byte, 0x01000193);
    second = Math.imul(second ^ hash, 0x85ebca6b) + byte;
  }
  return [hash, second].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

/**
 * Copies to and from shared memory. V8 copies words of eight bytes there, so that no other thread sees a half-written
 * number, but single bytes where the two addresses differ modulo eight: 1.15 ns per f32 instead of 0.37 (Zen 4). With an
 * odd number of classes this is every second row. Such copies go through a buffer in unshared memory with the shared side's
 * address modulo eight: 0.43 ns.
 */

import { isFloat32, isSharedBuffer } from "../values.js";

/** Bytes of the buffer, which starts up to a word later to match the shared side. */
const PLACE = 65536;
const WORD = 8;

/** For fewer bytes the second copy costs as much as it saves. */
const LEAST = 512;

type Elements = Float32Array | Uint16Array;

let between: ArrayBuffer | undefined;

/** Copies `source` to the start of `target`; one of the two is in shared memory. */
export function copyShared<T extends Elements>(target: T, source: T): void {
  if ((target.byteOffset - source.byteOffset) % WORD === 0 || source.byteLength < LEAST) {
    target.set(source);
    return;
  }
  between ??= new ArrayBuffer(PLACE + WORD);
  const { byteOffset } = isSharedBuffer(target.buffer) ? target : source;
  const View = isFloat32(source) ? Float32Array : Uint16Array;
  const length = PLACE / source.BYTES_PER_ELEMENT;
  const place = new View(between, byteOffset % WORD, length);
  for (let i = 0; i < source.length; i += length) {
    const part = source.subarray(i, i + length) as T;
    place.set(part);
    target.subarray(i).set(place.subarray(0, part.length));
  }
}

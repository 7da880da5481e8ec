/**
 * Copies to and from shared memory. V8 makes them a word of eight bytes at a time, so that another thread sees no half-written
 * number, but byte by byte where the two sides differ modulo eight: 1.15 ns an f32 instead of .37 (Zen 4), which is every second row
 * of an odd number of classes. Such copies go through a place in unshared memory that stands as the shared side does: .43 ns.
 */

/** Bytes of the place in between, and of what may come before it. */
const PLACE = 65536;
const WORD = 8;

/** Below so many bytes the second copy costs as much as the bytes. */
const LEAST = 512;

type Elements = Float32Array | Uint16Array;

let between: ArrayBuffer | undefined;

/** target[0 ..] = source, one of which is on shared memory. */
export function copyShared<T extends Elements>(target: T, source: T): void {
  if ((target.byteOffset - source.byteOffset) % WORD === 0 || source.byteLength < LEAST) {
    target.set(source);
    return;
  }
  between ??= new ArrayBuffer(PLACE + WORD);
  const { byteOffset } = target.buffer instanceof ArrayBuffer ? source : target;
  const View = source instanceof Float32Array ? Float32Array : Uint16Array;
  const length = PLACE / source.BYTES_PER_ELEMENT;
  const place = new View(between, byteOffset % WORD, length);
  for (let i = 0; i < source.length; i += length) {
    const part = source.subarray(i, i + length) as T;
    place.set(part);
    target.subarray(i).set(part.length < length ? place.subarray(0, part.length) : place);
  }
}

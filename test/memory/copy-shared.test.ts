/** copyShared: the same result as `set`, for any alignment of both sides and whichever of them is shared. */
import { describe, expect, it } from "vitest";
import { copyShared } from "../../src/memory/copy-shared.js";

/** Sizes around the limit for the copy through a buffer (512 bytes), around that buffer's size (64 KB), and several buffers. */
const BYTES = [0, 4, 508, 512, 516, 65532, 65536, 65540, 200_004];
const PADDING = 16;

type Make = (bytes: number) => ArrayBufferLike;
const unshared: Make = (bytes) => new ArrayBuffer(bytes);
const shared: Make = (bytes) => new SharedArrayBuffer(bytes);

describe.each([
  ["to shared memory", unshared, shared],
  ["from shared memory", shared, unshared],
  ["between shared memories", shared, shared],
  ["without any", unshared, unshared],
] as const)("copyShared %s", (_, from, to) => {
  it.each([Float32Array, Uint16Array])("%o from every offset modulo eight to every other", (Type) => {
    const size = Type.BYTES_PER_ELEMENT;
    const elements = (buffer: ArrayBufferLike, at = 0, length?: number) =>
      new (Type as Float32ArrayConstructor)(buffer as ArrayBuffer, at, length);
    for (const bytes of BYTES) {
      const length = bytes / size;
      for (let sourceAt = 0; sourceAt < 8; sourceAt += size) {
        for (let targetAt = 0; targetAt < 8; targetAt += size) {
          const source = elements(from(bytes + PADDING), sourceAt, length).map((_value, i) => i % 65521);
          const given = elements(from(bytes + PADDING), sourceAt, length);
          given.set(source);
          const whole = elements(to(bytes + 2 * PADDING)).fill(7);
          const target = elements(whole.buffer, PADDING + targetAt, length + 1);
          copyShared(target, given);
          const what = `${bytes} bytes from ${sourceAt} to ${targetAt}`;
          expect(Buffer.from(target.slice(0, length).buffer).equals(Buffer.from(source.slice().buffer)), what).toBe(true);
          // nothing is written before or after the target
          const first = (PADDING + targetAt) / size;
          expect(
            whole.subarray(0, first).every((value) => value === 7) &&
              whole.subarray(first + length).every((value) => value === 7),
            what,
          ).toBe(true);
        }
      }
    }
  });
});

/** copyShared: the same result as `set`, for any alignment of both sides and whichever of them is shared. */
import { describe, expect, it, vi } from "vitest";
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

describe("copyShared calls set", () => {
  /** For each call of `set`: whether both sides have the same address modulo eight. */
  function callsFor(bytes: number, sourceAt: number): boolean[] {
    const source: Float32Array = new Float32Array(bytes / 4 + 1).subarray(sourceAt, sourceAt + bytes / 4);
    const target: Float32Array = new Float32Array(new SharedArrayBuffer(bytes));
    const isAligned: boolean[] = [];
    const { set } = Float32Array.prototype;
    const spy = vi.spyOn(Float32Array.prototype, "set").mockImplementation(function (this: Float32Array, from, at) {
      isAligned.push((this.byteOffset - (from as Float32Array).byteOffset) % 8 === 0);
      set.call(this, from, at);
    });
    try {
      copyShared(target, source);
      return isAligned;
    } finally {
      spy.mockRestore();
    }
  }

  it("once where the addresses are equal modulo eight", () => {
    expect(callsFor(512, 0)).toEqual([true]);
    expect(callsFor(200_000, 0)).toEqual([true]);
  });

  it("once for less than 512 bytes", () => {
    expect(callsFor(508, 1)).toEqual([false]);
  });

  it("from 512 bytes on to shared memory only where they are equal, twice per 64 KB", () => {
    expect(callsFor(512, 1)).toEqual([false, true]);
    expect(callsFor(65_536, 1)).toEqual([false, true]);
    expect(callsFor(131_076, 1)).toEqual([false, true, false, true, false, true]);
  });
});

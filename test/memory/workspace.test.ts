/** Workspace: arrays in a shared memory are recognised, whoever has grown it and whenever. */
import { expect, it } from "vitest";
import { Workspace } from "../../src/engine/tiles/workspace.js";
import type { Kernels } from "../../src/wasm/module.js";

const noRooms = { allocate: () => 0, free: () => true };

it("an array that was once read in place is read in place after any thread's growth", () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 8, shared: true });
  const workspace = new Workspace({} as Kernels, memory, 0, noRooms);
  const first = new Float32Array(memory.buffer, 64, 8);
  // as another thread does: the workspace is not told
  memory.grow(1);
  const second = new Float32Array(memory.buffer, 128, 8);
  expect(second.buffer).not.toBe(first.buffer);
  expect([workspace.addressOf(first), workspace.addressOf(second)]).toEqual([64, 128]);
  memory.grow(1);
  workspace.keepBuffer();
  expect([workspace.addressOf(first), workspace.addressOf(second)]).toEqual([64, 128]);
});

it("arrays of other memories, of other kinds, and at the very end are not", () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 8, shared: true });
  const workspace = new Workspace({} as Kernels, memory, 0, noRooms);
  const other = new WebAssembly.Memory({ initial: 1, maximum: 8, shared: true });
  const end = memory.buffer.byteLength - 4;
  for (const [buffer, at] of [
    [other.buffer, 64],
    [new ArrayBuffer(128), 64],
    [memory.buffer, end],
  ] as const) {
    expect(workspace.addressOf(new Float32Array(buffer, at, 1))).toBe(-1);
  }
});

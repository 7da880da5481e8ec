/** importSharedMemory: the same module for unshared and shared memory. */
import { describe, expect, it } from "vitest";
import { instantiateKernels, moduleBytes } from "../../src/kernels.js";
import { importSharedMemory } from "../../src/wasm/shared-memory.js";
import { expectSameBits, normalLogits, randomFrom, variants } from "../support/kernel-memory.js";

const unshared = () => new WebAssembly.Memory({ initial: 2 });
const shared = (maximum = 65536) => new WebAssembly.Memory({ initial: 2, maximum, shared: true });

function link(bytes: Uint8Array<ArrayBuffer>, memory: WebAssembly.Memory): WebAssembly.Instance {
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
}

describe.each(variants)("%s build", (variant) => {
  const bytes = moduleBytes(variant);

  it("links with an unshared memory unchanged and with a shared one rewritten, but not the other way round", () => {
    expect(link(bytes, unshared())).toBeInstanceOf(WebAssembly.Instance);
    expect(link(importSharedMemory(bytes), shared())).toBeInstanceOf(WebAssembly.Instance);
    expect(() => link(bytes, shared())).toThrow(WebAssembly.LinkError);
    expect(() => link(importSharedMemory(bytes), unshared())).toThrow(WebAssembly.LinkError);
  });

  it("links with shared memories of any maximum", () => {
    for (const maximum of [2, 100, 65536]) expect(link(importSharedMemory(bytes), shared(maximum))).toBeDefined();
  });

  it("does not change its argument, and keeps the exports", () => {
    const before = bytes.slice();
    const rewritten = importSharedMemory(bytes);
    expect(bytes).toEqual(before);
    const exportsOf = (module: Uint8Array<ArrayBuffer>) => WebAssembly.Module.exports(new WebAssembly.Module(module));
    expect(exportsOf(rewritten)).toEqual(exportsOf(bytes));
  });

  it("computes the same bits in both kinds of memory", () => {
    const [rows, cols] = [5, 700];
    const logits = normalLogits(rows * cols, 3, randomFrom(1));
    const [max, rest, scratch] = [64, 128, 32768];
    const results = [unshared(), shared()].map((memory) => {
      new Float32Array(memory.buffer, 1024, rows * cols).set(logits);
      instantiateKernels(memory, variant).logSumExpRows(1024, rows, cols, cols, 0, 0, 1, max, rest, scratch);
      return { max: new Float32Array(memory.buffer, max, rows), rest: new Float64Array(memory.buffer, rest, rows) };
    });
    const [a, b] = results as [(typeof results)[0], (typeof results)[0]];
    expect(a.rest.every((r) => r > 0)).toBe(true);
    expectSameBits(b.max, a.max);
    expectSameBits(b.rest, a.rest);
  });
});

describe("other modules", () => {
  const HEADER = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  const name = (text: string): number[] => [text.length, ...Buffer.from(text)];
  /** A section whose size is 128 or more, so that its LEB128 takes two bytes. */
  const section = (id: number, content: number[]): number[] => {
    return [id, (content.length & 0x7f) | 0x80, content.length >> 7, ...content];
  };
  const memoryImport = (limits: number[], field = "memory", count = 1): number[] => {
    return section(2, [count, ...name("env"), ...name(field), 2, ...limits]);
  };

  it("reads section sizes of two bytes, and sections before the imports", () => {
    const field = "m".repeat(120);
    const bytes = Uint8Array.from([...HEADER, ...section(0, name("note")), ...memoryImport([0, 1], field)]);
    const module = new WebAssembly.Module(importSharedMemory(bytes));
    expect(new WebAssembly.Instance(module, { env: { [field]: shared() } })).toBeDefined();
    expect(() => new WebAssembly.Instance(module, { env: { [field]: unshared() } })).toThrow(WebAssembly.LinkError);
  });

  it("rejects a module that imports no memory", () => {
    expect(() => importSharedMemory(Uint8Array.from(HEADER))).toThrow(
      new Error("wasm-cross-entropy: the kernels import no memory"),
    );
  });

  it("rejects a memory that already has a maximum or is shared, and other imports", () => {
    const refusal = new Error("wasm-cross-entropy: expected one import, an unshared memory without a maximum");
    for (const limits of [
      [1, 1, 2],
      [3, 1, 2],
    ]) {
      expect(() => importSharedMemory(Uint8Array.from([...HEADER, ...memoryImport(limits)]))).toThrow(refusal);
    }
    expect(() => importSharedMemory(Uint8Array.from([...HEADER, ...memoryImport([0, 1], "memory", 2)]))).toThrow(refusal);
  });
});

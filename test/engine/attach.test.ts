/** An engine's memory in other threads: arrays written there, computed here, and kernels at both places. */
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import * as deterministic from "../../src/deterministic.js";
import { attachEngine, EngineClosedError, type EngineHandle } from "../../src/index.js";
import { moduleBytes } from "../../src/kernels.js";
import { bitsOf, callsOf, difference, makeCall } from "../support/calls.js";
import { wakefulEngine } from "../support/engines.js";

const BUILT = new URL("../../build/index.js", import.meta.url).href;

/** A worker of a user's: attaches itself, fills logits and says what it computes of them, twice to see them read in place. */
const PRODUCER = `
  import { parentPort, workerData } from "node:worker_threads";
  import { attachEngine } from ${JSON.stringify(BUILT)};
  const { handle, logits, targets } = workerData;
  const attached = attachEngine(handle);
  for (let i = 0; i < logits.length; i++) logits[i] = (i * 37 % 101) / 7;
  const loss = attached.crossEntropy(logits, targets);
  attached.close();
  parentPort.postMessage({ loss, same: logits.buffer.byteLength <= handle.memory.buffer.byteLength, variant: attached.info().variant });
`;

function answerOf(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

describe("a handle", () => {
  it("posted to a worker gives it the same memory: written there, computed here, no copy", async () => {
    await using engine = await wakefulEngine({ threads: 2, deterministic: true });
    const logits = engine.allocate("float32", 300 * 1000);
    const targets = engine.allocate("int32", 300);
    targets.forEach((_, i) => {
      targets[i] = i;
    });
    const workerData = { handle: engine.handle(), logits, targets };
    const worker = new Worker(`import(${JSON.stringify(`data:text/javascript,${encodeURIComponent(PRODUCER)}`)})`, {
      eval: true,
      workerData,
    });
    const answer = await answerOf(worker);
    const expected = deterministic.crossEntropy(
      Float32Array.from({ length: logits.length }, (_, i) => ((i * 37) % 101) / 7),
      Array.from(targets),
    );
    expect(answer).toEqual({ loss: expected, same: true, variant: "plain" });
    const before = engine.info();
    expect(await engine.crossEntropy(logits, targets)).toBe(expected);
    expect(engine.info()).toEqual(before);
    await worker.terminate();
  });

  it("an array that comes back from another thread is one of the engine's memory, read in place", async () => {
    await using engine = await wakefulEngine({ threads: 2, deterministic: true, maximumMemory: 300 * 65536 });
    const logits = engine.allocate("float32", 1 << 20);
    logits.forEach((_, i) => {
      logits[i] = (i % 89) / 7;
    });
    const posted = structuredClone(logits);
    expect(posted.buffer).not.toBe(logits.buffer);
    // a copy of it would have no room, a window of it in place of the array would be seen below
    const written = structuredClone(engine.allocate("float32", 1 << 18));
    const shape = [1, 1 << 18];
    expect(await engine.softmax(posted.subarray(0, 1 << 18), { shape, out: written })).toBe(written);
    const expected = deterministic.softmax(logits.slice(0, 1 << 18), { shape });
    expect(difference(written, bitsOf(expected))).toBeUndefined();
  });

  it("a copy of the memory is not the memory", async () => {
    await using engine = await wakefulEngine({ threads: 1, deterministic: true });
    const logits = engine.allocate("float32", 5000).fill(1);
    const { byteOffset } = logits;
    const bytes = new Uint8Array(engine.handle().memory.buffer);
    const copy = new SharedArrayBuffer(bytes.length);
    new Uint8Array(copy).set(bytes);
    const other = new Float32Array(copy, byteOffset, 5000).fill(2);
    other[7] = 9;
    expect(await engine.crossEntropy(other, [7])).toBe(deterministic.crossEntropy(Float32Array.from(other), [7]));
    expect(logits[7]).toBe(1);
  });

  it("gives every function, with the plain bits, in place", async () => {
    await using engine = await wakefulEngine({ threads: 1, deterministic: true });
    const attached = attachEngine(structuredClone(engine.handle()) as EngineHandle);
    for (const call of callsOf([30, 700], -1, 5)) {
      const expected = bitsOf(makeCall(deterministic, call));
      expect(difference(makeCall(attached, call), expected), call.name).toBeUndefined();
    }
    attached.close();
    expect(() => attached.crossEntropy([1, 2], 0)).toThrow(EngineClosedError);
  });

  it("allocates in the engine's memory: written here, read in place by the engine's workers", async () => {
    await using engine = await wakefulEngine({ threads: 2, deterministic: true });
    const attached = attachEngine(structuredClone(engine.handle()) as EngineHandle);
    const logits = attached.allocate("float32", 40 * 700);
    expect(logits.every((value) => value === 0)).toBe(true);
    logits.forEach((_, i) => {
      logits[i] = (i % 89) / 7;
    });
    const targets = attached.allocate("int32", 40).fill(3);
    const expected = deterministic.crossEntropy(logits.slice(), targets.slice());
    expect(attached.crossEntropy(logits, targets)).toBe(expected);
    await engine.crossEntropy(new Float32Array(10), [3]); // takes the engine's own memory for a call
    const before = engine.info();
    expect(await engine.crossEntropy(structuredClone(logits), structuredClone(targets))).toBe(expected);
    expect(engine.info()).toEqual(before);
    // what it takes is its own affair, and so is what it gives back
    expect(attached.info()).toMatchObject({ variant: "plain", threads: 0, shared: true, pending: 0 });
    expect(attached.info().takenBytes).toBeGreaterThan(40 * 700 * 4);
    attached.free(logits);
    targets[Symbol.dispose]();
    expect(attached.info().takenBytes).toBe(0);
    expect(() => attached.free(logits)).toThrow(/^array: expected an array that this engine allocated/);
    expect(() => engine.free(logits)).toThrow(/^array: expected an array that this engine allocated/);
    attached.close();
    for (const call of [() => attached.allocate("float32", 1), () => attached.free(logits)])
      expect(call).toThrow(EngineClosedError);
  });

  it("gives its arrays' memory back with the region, zeroed for whoever comes next", async () => {
    await using engine = await wakefulEngine({ threads: 1 });
    const handle = engine.handle();
    const use = (): void => {
      using attached = attachEngine(handle);
      for (const length of [1 << 16, 1 << 18, 3]) {
        const array = attached.allocate("float32", length);
        expect(array.every((value) => value === 0)).toBe(true);
        array.fill(7);
      }
    };
    use();
    const { memoryBytes } = engine.info();
    for (let i = 0; i < 5; i++) use();
    expect(engine.info().memoryBytes).toBe(memoryBytes);
    // arrays of two at a time, and of the engine, do not overlap
    const [a, b] = [attachEngine(handle), attachEngine(handle)] as const;
    const arrays = [a, b, engine, a, engine, b].map((owner, i) => owner.allocate("int32", 20_000 + i).fill(i));
    for (const [i, array] of arrays.entries()) expect(array.every((value) => value === i)).toBe(true);
    const places = arrays.map(({ byteOffset, byteLength }) => [byteOffset, byteOffset + byteLength] as const);
    for (const [i, [start, end]] of places.entries()) {
      for (const [from, to] of places.slice(i + 1)) expect(end <= from || to <= start).toBe(true);
    }
    a.close();
    b.close();
  });

  it("refuses an array that the memory has no room for, and stays usable", async () => {
    await using engine = await wakefulEngine({ threads: 1, maximumMemory: 300 * 65536 });
    using attached = attachEngine(engine.handle());
    expect(() => attached.allocate("float32", 1 << 24)).toThrow(/^allocate: expected room for 67108864 bytes/);
    expect(attached.allocate("float32", 4)).toHaveLength(4);
  });

  it("takes one region after the other, not more than are attached at a time", async () => {
    await using engine = await wakefulEngine({ threads: 1 });
    const handle = engine.handle();
    const pages = (): number => engine.info().memoryBytes;
    const first = attachEngine(handle);
    const size = pages();
    first.close();
    for (let i = 0; i < 50; i++) {
      using attached = attachEngine(handle);
      attached.crossEntropy([1, 2, 3], 1);
    }
    expect(pages()).toBe(size);
    const both = [attachEngine(handle), attachEngine(handle)];
    expect(pages()).toBeGreaterThan(size);
    for (const attached of both) attached.close();
  });

  it.each([
    ["ended by its owner", "setInterval(() => {}, 1000);"],
    ["that throws", 'parentPort.once("message", () => { throw new Error("on purpose"); });'],
    ["that exits", 'parentPort.once("message", () => process.exit());'],
    ["with nothing left to do", "parentPort.unref();"],
  ])("takes back all 64 regions of a thread %s, and leaves its arrays alone", async (_, after) => {
    await using engine = await wakefulEngine({ threads: 1, deterministic: true });
    const code = `
      import { parentPort, workerData } from "node:worker_threads";
      import { attachEngine } from ${JSON.stringify(BUILT)};
      const all = Array.from({ length: 64 }, () => attachEngine(workerData));
      parentPort.postMessage(all[0].allocate("int32", 1000).fill(7));
      ${after}`;
    const handle = engine.handle();
    const worker = new Worker(`import(${JSON.stringify(`data:text/javascript,${encodeURIComponent(code)}`)})`, {
      eval: true,
      workerData: handle,
    });
    const ended = new Promise((resolve) => worker.once("exit", resolve));
    const array = (await answerOf(worker)) as Int32Array;
    if (after.startsWith("setInterval")) {
      const size = engine.info().memoryBytes;
      // a living thread keeps its regions, whoever asks
      for (let i = 0; i < 5; i++) attachEngine(handle).close();
      expect(engine.info().memoryBytes).toBe(size + 5 * 67 * 65536);
      await worker.terminate();
    } else worker.postMessage("go on");
    await ended;
    const size = engine.info().memoryBytes;
    const attached = Array.from({ length: 64 }, () => attachEngine(handle));
    expect(engine.info().memoryBytes).toBe(size);
    for (const local of attached) local.allocate("int32", 1000).fill(9);
    expect(array.every((value) => value === 7)).toBe(true);
    const logits = attached[0]?.allocate("float32", 3) as Float32Array;
    expect(attached[0]?.crossEntropy(logits, 0)).toBeCloseTo(Math.log(3), 6);
    for (const local of attached) local.close();
  });

  it("is refused when it is of another version, or none", async () => {
    await using engine = await wakefulEngine({ threads: 1 });
    const attach = attachEngine as (handle: unknown) => unknown;
    expect(() => attach({ ...engine.handle(), version: "0.0.9" })).toThrow(
      /^handle\.version: expected \S+, as in this thread, got 0\.0\.9$/,
    );
    expect(() => attach(undefined)).toThrow(new TypeError("handle: expected the result of engine.handle(), got undefined"));
    expect(() => attach({})).toThrow(new TypeError("handle: expected the result of engine.handle(), got an object"));
    const handle = engine.handle();
    const unshared = new WebAssembly.Memory({ initial: 1 });
    const control = (got: unknown): RangeError =>
      new RangeError(`handle.control: expected the address of an engine in handle.memory, got ${got}`);
    const empty = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    const ofUnshared = new WebAssembly.Module(moduleBytes("plain"));
    const other = new WebAssembly.Memory({ initial: 70, maximum: 200, shared: true });
    const kernels = /^handle\.module: expected the kernels of wasm-cross-entropy .* got another module$/;
    for (const [members, error] of [
      [{ memory: 1 }, new TypeError("handle.memory: expected a WebAssembly.Memory, got 1")],
      [{ memory: unshared }, new RangeError("handle.memory: expected a shared memory, got an unshared one")],
      [{ memory: other }, control(handle.control)],
      [{ module: {} }, new TypeError("handle.module: expected a WebAssembly.Module, got an object")],
      [{ module: empty }, kernels],
      [{ module: ofUnshared }, new RangeError("handle.module: expected a module for shared memory, got one for unshared memory")],
      [{ variant: "fast" }, /^handle\.variant: expected "(plain|relaxed)", as handle\.module is, got "fast"$/],
      [{ control: "0" }, new TypeError('handle.control: expected a whole number, got "0"')],
      [{ control: -65536 }, new RangeError("handle.control: expected a whole number >= 0, got -65536")],
      [{ control: handle.control + 4 }, control(handle.control + 4)],
      [{ control: handle.control + 65536 }, control(handle.control + 65536)],
      [{ control: 2 ** 40 }, control(2 ** 40)],
      [{ threads: 2 }, new RangeError("handle.threads: expected 1, the engine's workers, got 2")],
      [{ threads: undefined }, new TypeError("handle.threads: expected a whole number, got undefined")],
    ] as const) {
      expect(() => attach({ ...handle, ...members })).toThrow(error);
    }
    attachEngine(handle).close();
  });
});

/** Calls of an engine beside their results: bad input, aborted and closed, queued, in memory that is full. */
import { describe, expect, it } from "vitest";
import * as deterministic from "../../src/deterministic.js";
import { Call } from "../../src/engine/pool/call.js";
import * as fastest from "../../src/index.js";
import { createEngine, EngineClosedError, type EngineOptions } from "../../src/index.js";
import { wakefulEngine, watchedHost } from "../support/engines.js";

const logits = new Float32Array(3000 * 1000).map((_, i) => (i % 101) / 10);
const targets = Int32Array.from({ length: 3000 }, (_, r) => (r * 7) % 1000);
const right = deterministic.crossEntropy(logits, targets);

const options = { threads: 2, deterministic: true } as const;

describe("createEngine", () => {
  const create = (given: unknown): Promise<unknown> => createEngine(given as EngineOptions);

  it.each([
    [{ threads: 0 }, new RangeError("options.threads: expected an integer >= 1, got 0")],
    [{ threads: 1.5 }, new RangeError("options.threads: expected an integer >= 1, got 1.5")],
    [{ threads: -1 }, new RangeError("options.threads: expected an integer >= 1, got -1")],
    [{ threads: Number.NaN }, new RangeError("options.threads: expected an integer >= 1, got NaN")],
    [{ threads: "4" }, new TypeError('options.threads: expected an integer >= 1, got "4"')],
    [{ threads: null }, new TypeError("options.threads: expected an integer >= 1, got null")],
    [{ deterministic: 1 }, new TypeError("options.deterministic: expected a boolean, got 1")],
    [{ memory: {} }, new TypeError("options.memory: expected a WebAssembly.Memory, got an object")],
    [{ maximumMemory: "1" }, new TypeError('options.maximumMemory: expected a number of bytes, got "1"')],
    [{ maximumMemory: 1 }, expect.objectContaining({ name: "RangeError" })],
    [{ workerUrl: 5 }, new TypeError("options.workerUrl: expected a URL, got 5")],
    [{ signal: {} }, new TypeError("options.signal: expected an AbortSignal, got an object")],
    [{ module: "wasm" }, new TypeError('options.module: expected a WebAssembly.Module or the bytes of one, got "wasm"')],
    [5, new TypeError("options: expected an object, got 5")],
  ])("refuses %o", async (given, error) => {
    await expect(create(given)).rejects.toEqual(error);
  });

  it("refuses unknown options, an unshared memory, one without room, a worker that is not there", async () => {
    await expect(create({ thread: 2 })).rejects.toThrow(
      /^options\.thread: expected one of threads, .* got an unknown option \(did you mean threads\?\)$/,
    );
    const unshared = new WebAssembly.Memory({ initial: 1 });
    await expect(create({ memory: unshared })).rejects.toThrow("options.memory: expected a shared memory, got an unshared one");
    const full = new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true });
    await expect(create({ memory: full })).rejects.toThrow(RangeError);
    await expect(create({ workerUrl: "file:///nowhere/worker.js" })).rejects.toThrow(/nowhere/);
  });

  it("a maximum of its own memory that is too small: says what these threads need, and works with that", async () => {
    const wanted = /^options\.maximumMemory: expected (\d+)\.\.4294967296 bytes for 3 threads, got \d+$/;
    const error: unknown = await create({ threads: 3, maximumMemory: 65536 }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RangeError);
    const least = Number(wanted.exec((error as Error).message)?.[1]);
    await expect(create({ threads: 3, maximumMemory: least - 1 })).rejects.toThrow(wanted);
    await using engine = await createEngine({ threads: 3, maximumMemory: least });
    expect(await engine.crossEntropy([1, 1], 0)).toBeCloseTo(Math.LN2, 6);
  });

  it("works in a memory of the caller's, with kernels of the caller's", async () => {
    const memory = new WebAssembly.Memory({ initial: 3, maximum: 2000, shared: true });
    new Uint8Array(memory.buffer).fill(7);
    const { moduleBytes } = await import("../../src/kernels.js");
    const engine = await createEngine({ threads: 1, memory, module: moduleBytes("plain") });
    expect(engine.info()).toMatchObject({ variant: "plain", threads: 1, shared: true });
    expect(await engine.crossEntropy(logits, targets)).toBe(right);
    const own = new Float32Array(memory.buffer, 1024, 3);
    own.set([1, 2, 3]);
    expect(await engine.crossEntropy(own, 0)).toBe(deterministic.crossEntropy([1, 2, 3], 0));
    expect(new Uint8Array(memory.buffer, 2048, 65536).every((byte) => byte === 7)).toBe(true);
    await engine.close();
  });

  it("takes the fastest build unless told otherwise, as the plain functions do", async () => {
    await using engine = await createEngine({ threads: 2 });
    expect(engine.info().variant).toBe(fastest.info().variant);
    expect(await engine.crossEntropy(logits, targets)).toBe(fastest.crossEntropy(logits, targets));
  });

  it("is closed by its signal", async () => {
    const controller = new AbortController();
    const engine = await wakefulEngine({ ...options, signal: controller.signal });
    const call = engine.crossEntropy(logits, targets);
    controller.abort();
    await expect(call).rejects.toThrow(EngineClosedError);
    await expect(createEngine({ signal: controller.signal })).rejects.toBe(controller.signal.reason);
  });
});

describe("bad input", () => {
  it("is rejected as the plain functions throw it, before any worker starts", async () => {
    await using engine = await wakefulEngine(options);
    const wrong = targets.slice();
    wrong[2999] = 1000;
    const error = new RangeError("targets[2999]: expected 0..999 or ignoreIndex (-100), got 1000 (classes count from 0)");
    await expect(engine.crossEntropy(logits, wrong)).rejects.toEqual(error);
    const probs = new Float32Array(1e6).fill(0.5);
    probs[999_999] = 1.5;
    const gradOut = new Float32Array(1e6).fill(3);
    await expect(engine.binaryCrossEntropyValueAndGrad(probs, new Float32Array(1e6), { gradOut })).rejects.toEqual(
      new RangeError("probs[999999]: expected a probability in [0, 1], got 1.5"),
    );
    expect(gradOut.every((value) => value === 3)).toBe(true);
    const call = engine.crossEntropy as (...args: unknown[]) => Promise<number>;
    await expect(call(logits, targets, { signal: 5 })).rejects.toEqual(
      new TypeError("options.signal: expected an AbortSignal, got 5"),
    );
    await expect(call(logits, targets, { signals: 5 })).rejects.toThrow(/^options\.signals: .* got an unknown option$/);
    await expect(call(logits, targets, null)).rejects.toThrow("options: expected an object, got null");
    expect(engine.info()).toMatchObject({ pending: 0, takenBytes: 0 });
  });

  it("an array that changes hands under way rejects the call", async () => {
    await using engine = await wakefulEngine(options);
    // more parts than windows: some of it is copied later
    const gone = new Float32Array(8192 * 1024);
    const call = engine.crossEntropy(gone, new Int32Array(8192));
    structuredClone(gone, { transfer: [gone.buffer] });
    await expect(call).rejects.toThrow(TypeError);
    expect(engine.info()).toMatchObject({ pending: 0, takenBytes: 0 });
    expect(await engine.crossEntropy(logits, targets)).toBe(right);
  });
});

describe("an AbortSignal", () => {
  it("rejects with its reason: before, in the queue, under way, and not after", async () => {
    await using engine = await wakefulEngine(options);
    await expect(engine.crossEntropy(logits, targets, { signal: AbortSignal.abort("no") })).rejects.toBe("no");
    const controllers = Array.from({ length: 12 }, () => new AbortController());
    const calls = controllers.map((controller, i) => {
      const call = engine.crossEntropy(logits, targets, { signal: controller.signal });
      if ([0, 3, 11].includes(i)) controller.abort(`stop ${i}`);
      return call;
    });
    const results = await Promise.allSettled(calls);
    for (const [i, result] of results.entries()) {
      if ([0, 3, 11].includes(i)) expect(result).toEqual({ status: "rejected", reason: `stop ${i}` });
      else expect(result).toEqual({ status: "fulfilled", value: right });
    }
    controllers[1]?.abort("too late");
    expect(engine.info()).toMatchObject({ pending: 0, takenBytes: 0 });
  });
});

it("a call that fails for two reasons is rejected with the first", async () => {
  // fails before it has started, so it needs neither a pool nor a task
  const call = new Call({} as ConstructorParameters<typeof Call>[0], {} as ConstructorParameters<typeof Call>[1], 1);
  call.fail("first");
  call.fail("second");
  call.settle();
  await expect(call.promise).rejects.toBe("first");
});

describe("an aborted call in the queue", () => {
  it("is rejected at once, not when a slot is free", async () => {
    await using engine = await wakefulEngine(options);
    const controller = new AbortController();
    const over: string[] = [];
    const first = Array.from({ length: 4 }, () => engine.crossEntropy(logits, targets));
    const last = engine.crossEntropy(logits, targets, { signal: controller.signal });
    last.catch((reason: unknown) => over.push(String(reason)));
    controller.abort("no more");
    // no turn of the event loop, in which another call could end
    for (let i = 0; i < 10; i++) await null;
    expect(over).toEqual(["no more"]);
    expect(await Promise.all(first)).toEqual(new Array(4).fill(right));
  });
});

describe("close", () => {
  it("waits for the calls made so far, rejects later ones, and may be called again", async () => {
    const host = watchedHost();
    const engine = await wakefulEngine(options, host);
    const array = engine.allocate("float32", 3);
    array.set([1, 2, 3]);
    const calls = Array.from({ length: 6 }, () => engine.crossEntropy(logits, targets));
    const closed = engine.close();
    await expect(engine.crossEntropy([1, 2], 0)).rejects.toThrow(EngineClosedError);
    expect(await Promise.all(calls)).toEqual(new Array(6).fill(right));
    await closed;
    await engine.close();
    expect(host.workers).toHaveLength(0);
    expect(() => engine.allocate("float32", 1)).toThrow(EngineClosedError);
    expect(() => engine.free(array)).toThrow(EngineClosedError);
    expect(() => engine.handle()).toThrow(EngineClosedError);
    expect(Array.from(array)).toEqual([1, 2, 3]);
  });

  it("waits for a call that is the only one", async () => {
    const engine = await wakefulEngine(options);
    // the caller does not help with what it need not copy
    const shared = engine.allocate("float32", logits.length);
    shared.set(logits);
    const call = engine.crossEntropy(shared, targets);
    expect(engine.info().pending).toBe(1);
    const closed = engine.close();
    expect(await Promise.race([call, closed])).toBe(right);
    await closed;
  });

  it("waits for both halves of a call that is checked first", async () => {
    const engine = await wakefulEngine(options);
    const probs = new Float32Array(1e6).fill(0.5);
    const gradOut = new Float32Array(1e6);
    const call = engine.binaryCrossEntropyValueAndGrad(probs, new Float32Array(1e6), { gradOut });
    const closed = engine.close();
    expect((await call).value).toBe(deterministic.binaryCrossEntropy(probs, new Float32Array(1e6)));
    await closed;
  });

  it("with abort rejects them", async () => {
    const engine = await wakefulEngine(options);
    const calls = Promise.allSettled(Array.from({ length: 20 }, () => engine.crossEntropy(logits, targets)));
    await engine.close({ abort: true });
    const results = await calls;
    // the first ones may be over before
    for (const result of results) {
      if (result.status === "fulfilled") expect(result.value).toBe(right);
      else expect(result.reason).toBeInstanceOf(EngineClosedError);
    }
    expect(results.slice(-2).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(engine.info()).toMatchObject({ pending: 0, takenBytes: 0 });
  });
});

describe("a memory that is full", () => {
  it("rejects with what was asked for and what is free, and takes nothing", async () => {
    // some 9 MiB beside the scratch regions
    await using engine = await wakefulEngine({ ...options, maximumMemory: 300 * 65536 });
    const softmaxOf = (length: number): Promise<unknown> =>
      engine.softmax(new Float32Array(length), { shape: [1, length] }).catch((reason: unknown) => reason);
    const error = await softmaxOf(1 << 22);
    expect(error).toBeInstanceOf(RangeError);
    expect(String(error)).toMatch(
      /allocate: expected room for 16777344 bytes, got a memory that is full \(\d+ bytes taken, \d+ free\)/,
    );
    expect(engine.info()).toMatchObject({ pending: 0, takenBytes: 0 });
    // the input has room, the result beside it has not
    expect(String(await softmaxOf(1_500_000))).toMatch(/expected room for 6000128 bytes, got .* \(60001\d\d bytes taken/);
    expect(engine.info()).toMatchObject({ pending: 0, takenBytes: 0 });
    // streamed through windows, an input of any size has room
    expect(await engine.crossEntropy(logits, targets)).toBe(right);
    expect(() => engine.allocate("float32", 1 << 22)).toThrow(/expected room for 16777216 bytes, got a memory that is full/);
    expect(engine.info().takenBytes).toBe(0);
  });
});

describe("arrays of an engine", () => {
  it("are freed once, by their engine, and not used after", async () => {
    await using engine = await wakefulEngine(options);
    await using other = await wakefulEngine(options);
    const array = engine.allocate("float32", 6);
    array.set([2, 1, 0.5, 0.5, 2.5, 1]);
    expect(await engine.crossEntropy(array, [0, 1])).toBe(deterministic.crossEntropy(Array.from(array), [0, 1]));
    const expected = "array: expected an array that this engine allocated and that is not freed yet, got Float32Array(6)";
    expect(() => other.free(array)).toThrow(new TypeError(expected));
    engine.free(array);
    expect(() => engine.free(array)).toThrow(new TypeError(expected));
    await expect(engine.crossEntropy(array, [0, 1])).rejects.toThrow(
      new RangeError("array: expected one that is allocated, got a Float32Array(6) of this engine that was freed"),
    );
    {
      using block = engine.allocate("int32", 5);
      expect(block).toBeInstanceOf(Int32Array);
      expect(engine.info().takenBytes).toBeGreaterThan(0);
    }
    expect(engine.info().takenBytes).toBe(0);
  });
});

describe("many calls at once", () => {
  it("each have their own buffer", async () => {
    await using engine = await wakefulEngine({ threads: 3, deterministic: true });
    const buffers = Array.from({ length: 4 }, (_, i) => {
      const buffer = new Float32Array(new SharedArrayBuffer(4 * 200_000));
      return buffer.map((_, j) => ((i + 3) * j) % 101);
    });
    const expected = buffers.map((buffer) => deterministic.crossEntropy(Float32Array.from(buffer), targets.subarray(0, 200)));
    for (let round = 0; round < 25; round++) {
      const shared = buffers.map((buffer) => {
        const copy = new Float32Array(new SharedArrayBuffer(buffer.byteLength));
        copy.set(buffer);
        return copy;
      });
      const results = await Promise.all(shared.map((buffer) => engine.crossEntropy(buffer, targets.subarray(0, 200))));
      expect(results).toEqual(expected);
    }
    expect(engine.info()).toMatchObject({ pending: 0, takenBytes: 0 });
  });

  it("are all right, in whatever order they were made", async () => {
    await using engine = await wakefulEngine({ threads: 3, deterministic: true });
    const rows = Array.from({ length: 60 }, (_, i) => logits.subarray(i * 50_000, (i + 1) * 50_000));
    const results = await Promise.all(rows.map((row) => engine.crossEntropy(row, targets.subarray(0, 50))));
    expect(results).toEqual(rows.map((row) => deterministic.crossEntropy(row, targets.subarray(0, 50))));
  });
});

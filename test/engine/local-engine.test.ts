/** createLocalEngine: arrays in the engine's memory, engines on memories of the caller's, and that calls leave nothing behind. */
import { describe, expect, it } from "vitest";
import * as deterministic from "../../src/deterministic.js";
import { BuildRunner } from "../../src/engine/build-runner.js";
import { TASKS } from "../../src/functions.js";
import * as fastest from "../../src/index.js";
import { createLocalEngine, EngineClosedError, type Functions, type LocalEngine } from "../../src/index.js";
import { ALL_KERNELS } from "../../src/wasm/kernel-sets.js";
import { float16View, halfTypes, numbersOf, wordsOf } from "../support/halves.js";
import { expectSameBits, normalLogits, randomFrom } from "../support/kernel-memory.js";

const PAGE = 65536;
const MIB = 1 << 20;
const FREED = "array: expected an array that this engine allocated and that is not freed yet, got";

function allocated(engine: LocalEngine, values: ArrayLike<number>): Float32Array {
  const array = engine.allocate("float32", values.length);
  array.set(values);
  return array;
}

function error(run: () => unknown): unknown {
  try {
    run();
  } catch (thrown) {
    return thrown;
  }
  return expect.fail("expected an error");
}

/** How often a run of words stands in a memory. */
function occurrences(memory: WebAssembly.Memory, values: Float32Array | Uint16Array): number {
  const words = new Uint16Array(memory.buffer);
  const sought = new Uint16Array(values.slice().buffer);
  const [first] = sought as Uint16Array & { 0: number };
  let count = 0;
  for (let at = words.indexOf(first); at >= 0; at = words.indexOf(first, at + 1)) {
    if (sought.every((word, i) => words[at + i] === word)) count++;
  }
  return count;
}

describe("allocate", () => {
  const engine = createLocalEngine();

  it("gives zeroed, aligned views of the engine's memory", () => {
    const floats = engine.allocate("float32", 1000);
    const integers = engine.allocate("int32", 7);
    expect(floats).toBeInstanceOf(Float32Array);
    expect(integers).toBeInstanceOf(Int32Array);
    expect([floats.length, integers.length]).toEqual([1000, 7]);
    for (const array of [floats, integers]) {
      expect(array.buffer).toBe(engine.memory.buffer);
      expect(array.byteOffset % 16).toBe(0);
      expect(array.every((value) => value === 0)).toBe(true);
    }
    expect(engine.allocate("float32", 0)).toHaveLength(0);
    for (const type of ["float16", "bfloat16"] as const) {
      const words = engine.allocate(type, 33);
      expect(words).toEqual(new Uint16Array(33));
      expect(words.buffer).toBe(engine.memory.buffer);
      expect(words.byteOffset % 16).toBe(0);
    }
  });

  it("gives zeros where a freed array left something", () => {
    const first = engine.allocate("float32", 5000).fill(7);
    const { byteOffset } = first;
    engine.free(first);
    const second = engine.allocate("int32", 4000);
    expect(second.byteOffset).toBe(byteOffset);
    expect(second.every((value) => value === 0)).toBe(true);
    second.fill(-1);
    engine.free(second);
    const words = engine.allocate("bfloat16", 2999);
    expect(words.byteOffset).toBe(byteOffset);
    expect(words.every((word) => word === 0)).toBe(true);
    engine.free(words);
  });

  it("gives arrays apart from each other, with room for the kernels' reads between", () => {
    const arrays = Array.from({ length: 20 }, (_, i) => engine.allocate("float32", i * 7).fill(i));
    const ranges = arrays.map(({ byteOffset, byteLength }) => [byteOffset, byteOffset + byteLength + 16] as const);
    for (const [i, [start]] of ranges.entries()) {
      for (const [j, [otherStart, otherEnd]] of ranges.entries()) {
        if (i !== j) expect(start >= otherEnd || start < otherStart).toBe(true);
      }
    }
    for (const [i, array] of arrays.entries()) expect(array.every((value) => value === i)).toBe(true);
    for (const array of arrays) engine.free(array);
  });

  it("gives arrays that stay valid, in place, while the memory grows by hundreds of MiB", () => {
    const own = createLocalEngine();
    const values = normalLogits(3000, 3, randomFrom(1));
    const logits = allocated(own, values);
    const before = own.crossEntropy(logits, [5, 6, 7]);
    const large = own.allocate("float32", 300 * 2 ** 18);
    expect(own.memory.buffer.byteLength).toBeGreaterThan(300 * MIB);
    expectSameBits(logits, values);
    expect(own.crossEntropy(logits, [5, 6, 7])).toBe(before);
    // the view of the smaller buffer is the memory itself
    logits[0] = 42;
    expect(new Float32Array(own.memory.buffer, logits.byteOffset, 1)[0]).toBe(42);
    logits.set(values);
    expect(occurrences(own.memory, values.subarray(0, 4))).toBe(1);
    own.free(large);
    own.free(logits);
  });

  it("names the argument, what was expected and what was got", () => {
    const allocate = engine.allocate as (type: unknown, length: unknown) => unknown;
    const refusal = (got: string) =>
      new RangeError(`type: expected one of "float32", "float16", "bfloat16", "int32", got ${got}`);
    expect(error(() => allocate("float64", 3))).toEqual(refusal('"float64"'));
    expect(error(() => allocate(undefined, 3))).toEqual(refusal("undefined"));
    expect(error(() => allocate("constructor", 3))).toEqual(refusal('"constructor"'));
    expect(error(() => allocate(["float32"], 3))).toEqual(refusal("an array of 1"));
    for (const length of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      const expected = new RangeError(`length: expected an integer >= 0, got ${length}`);
      expect(error(() => engine.allocate("float32", length))).toEqual(expected);
    }
    expect(error(() => allocate("float32", undefined))).toEqual(new TypeError("length: expected an integer >= 0, got undefined"));
    expect(error(() => allocate("float32", 3n))).toEqual(new TypeError("length: expected an integer >= 0, got 3n"));
  });

  it("says when the memory is full, and takes nothing then", () => {
    const own = createLocalEngine();
    const kept = allocated(own, [1, 2, 3]);
    for (const length of [2 ** 30, 2 ** 50]) {
      const thrown = error(() => own.allocate("float32", length));
      expect(thrown).toBeInstanceOf(RangeError);
      expect(String(thrown)).toMatch(
        new RegExp(`^RangeError: allocate: expected room for ${length * 4} bytes, got a memory that is full \\(64 bytes taken`),
      );
    }
    expect(Array.from(kept)).toEqual([1, 2, 3]);
    expect(own.allocate("float32", 10)).toHaveLength(10);
  });
});

describe("free", () => {
  it("gives the place back, all of it", () => {
    const engine = createLocalEngine();
    const arrays = [1000, 2000, 3000].map((length) => engine.allocate("float32", length));
    const size = engine.memory.buffer.byteLength;
    for (const array of arrays) engine.free(array);
    for (let i = 0; i < 100; i++) engine.free(engine.allocate("int32", 6000));
    for (let i = 0; i < 100; i++) engine.free(engine.allocate("float16", 12000));
    expect(engine.memory.buffer.byteLength).toBe(size);
  });

  it("refuses an array twice, a part of one, one of another engine, and what is no array", () => {
    const engine = createLocalEngine();
    const other = createLocalEngine();
    const free = engine.free as (array: unknown) => void;
    const array = engine.allocate("float32", 3);
    const foreign = other.allocate("float32", 3);
    expect(error(() => engine.free(array.subarray(0)))).toEqual(new TypeError(`${FREED} Float32Array(3)`));
    expect(error(() => engine.free(foreign))).toEqual(new TypeError(`${FREED} Float32Array(3)`));
    expect(error(() => engine.free(new Int32Array(2)))).toEqual(new TypeError(`${FREED} Int32Array(2)`));
    expect(error(() => free(null))).toEqual(new TypeError(`${FREED} null`));
    expect(error(() => free(undefined))).toEqual(new TypeError(`${FREED} undefined`));
    expect(error(() => free(array.byteOffset))).toEqual(new TypeError(`${FREED} ${array.byteOffset}`));
    expect(error(() => free([1, 2]))).toEqual(new TypeError(`${FREED} an array of 2`));
    expect(error(() => engine.free(new Uint16Array(2)))).toEqual(new TypeError(`${FREED} Uint16Array(2)`));
    engine.free(array);
    expect(error(() => engine.free(array))).toEqual(new TypeError(`${FREED} Float32Array(3)`));
    // not even when its place is in use again
    const next = engine.allocate("float32", 3);
    expect(next.byteOffset).toBe(array.byteOffset);
    expect(() => engine.free(array)).toThrow(TypeError);
    engine.free(next);
    other.free(foreign);
  });
});

describe.each([
  ["the fastest build", {}, fastest],
  ["the plain build", { deterministic: true }, deterministic],
] as const)("arrays in the memory, %s", (_, options, plain) => {
  const engine = createLocalEngine(options);
  const [rows, cols] = [37, 301];
  const values = normalLogits(rows * cols, 3, randomFrom(1));
  const targets = Int32Array.from({ length: rows }, (_, r) => (r * 7) % cols);
  const shape = [rows, cols];

  it("runs the build that was asked for", () => {
    expect(engine.info().variant).toBe("deterministic" in options ? "plain" : fastest.info().variant);
  });

  it("gives the same bits as arrays anywhere else", () => {
    const logits = allocated(engine, values);
    const classes = engine.allocate("int32", rows);
    classes.set(targets);
    for (const reduction of ["mean", "sum"] as const) {
      expect(engine.crossEntropy(logits, classes, { reduction })).toBe(plain.crossEntropy(values, targets, { reduction }));
    }
    const call = { labelSmoothing: 0.1, softcap: 15, temperature: 0.7, reduction: "none" } as const;
    expectSameBits(engine.crossEntropy(logits, classes, call), plain.crossEntropy(values, targets, call));
    expectSameBits(engine.softmax(logits, { shape }), plain.softmax(values, { shape }));
    for (const axis of [0, 1]) {
      expectSameBits(engine.logSoftmax(logits, { shape, axis }), plain.logSoftmax(values, { shape, axis }));
      const sums = [engine, plain].map((functions) => functions.logSumExp(logits, { shape, axis }) as Float32Array);
      expectSameBits(...(sums as [Float32Array, Float32Array]));
    }
    // a part of an array, and one that starts at an odd element
    const part = { reduction: "none" } as const;
    expectSameBits(
      engine.crossEntropy(logits.subarray(1, 1 + 5 * cols), targets.subarray(0, 5), part),
      plain.crossEntropy(values.subarray(1, 1 + 5 * cols), targets.subarray(0, 5), part),
    );
    engine.free(logits);
    engine.free(classes);
  });

  it("reads them in place: no copy of them is in the memory afterwards", () => {
    const own = createLocalEngine(options);
    const first = values.subarray(0, 4);
    own.crossEntropy(values, targets);
    expect(occurrences(own.memory, first), "the tile of an array from outside").toBe(1);
    // the tile's turn to hold something else
    own.crossEntropy(new Float32Array(rows * cols), targets);
    expect(occurrences(own.memory, first)).toBe(0);
    const logits = allocated(own, values);
    own.crossEntropy(logits, targets);
    own.logSumExp(logits, { shape });
    own.softmax(logits, { shape });
    expect(occurrences(own.memory, first), "the array itself").toBe(1);
  });

  it.each(halfTypes)("reads %s words in place: no copy of them is in the memory afterwards", (type) => {
    const own = createLocalEngine(options);
    const data = wordsOf(values, type);
    const first = data.subarray(0, 8);
    const outside = own.crossEntropy({ data, type }, targets);
    const words = own.allocate(type, data.length);
    words.set(data);
    // the tile's turn to hold something else
    own.crossEntropy(new Float32Array(rows * cols), targets);
    expect(own.crossEntropy({ data: words, dims: shape, type }, targets)).toBe(outside);
    expect(own.softmax({ data: words, type }, { shape })).toEqual(plain.softmax(numbersOf(data, type), { shape }));
    expect(own.logSumExp({ data: words, dims: shape, type }, { axis: 0 })).toEqual(
      plain.logSumExp(numbersOf(data, type), { shape, axis: 0 }),
    );
    expect(occurrences(own.memory, first), "the words themselves").toBe(1);
    if (type === "float16") expect(own.crossEntropy(float16View(words), targets)).toBe(outside);
    expect(words).toEqual(data);
    own.free(words);
  });

  it("writes results in place, also over the logits", () => {
    const own = createLocalEngine(options);
    const logits = allocated(own, values);
    const out = own.allocate("float32", values.length);
    expect(own.softmax(logits, { shape, out })).toBe(out);
    expectSameBits(out, plain.softmax(values, { shape }));
    expect(occurrences(own.memory, out.slice(0, 4)), "the result, in no tile").toBe(1);
    expectSameBits(logits, values);
    for (const axis of [1, 0]) {
      logits.set(values);
      expect(own.logSoftmax(logits, { shape, axis, out: logits })).toBe(logits);
      expectSameBits(logits, plain.logSoftmax(values, { shape, axis }));
    }
    const losses = own.allocate("float32", rows);
    logits.set(values);
    expect(own.crossEntropy(logits, targets, { reduction: "none", out: losses })).toBe(losses);
    expectSameBits(losses, plain.crossEntropy(values, targets, { reduction: "none" }));
    const sums = own.allocate("float32", rows);
    expect(own.logSumExp(logits, { shape, out: sums })).toBe(sums);
    expectSameBits(sums, plain.logSumExp(values, { shape }) as Float32Array);
  });

  it("reads and writes those of another engine as arrays from outside", () => {
    const other = createLocalEngine(options);
    const logits = allocated(other, values);
    const out = other.allocate("float32", values.length);
    engine.softmax(logits, { shape, out });
    expectSameBits(out, plain.softmax(values, { shape }));
    expectSameBits(logits, values);
  });
});

describe("an engine on a memory of the caller's", () => {
  const values = normalLogits(4 * 500, 3, randomFrom(2));
  const targets = [1, 2, 3, 4];
  const expected = fastest.crossEntropy(values, targets);

  const unshared = (pages: number) => new WebAssembly.Memory({ initial: pages });
  const shared = (pages: number) => new WebAssembly.Memory({ initial: pages, maximum: 65536, shared: true });

  it.each([
    ["unshared", unshared],
    ["shared", shared],
  ])("adds its region at the end of it and leaves what is there alone (%s)", (_, memoryOf) => {
    const memory = memoryOf(3);
    new Uint32Array(memory.buffer).fill(0xdeadbeef);
    const engine = createLocalEngine({ memory });
    expect(engine.memory).toBe(memory);
    const added = memory.buffer.byteLength - 3 * PAGE;
    expect(added).toBeGreaterThan(0);
    expect(added).toBeLessThanOrEqual(4.25 * MIB);
    const logits = allocated(engine, values);
    expect(logits.byteOffset).toBeGreaterThanOrEqual(3 * PAGE);
    expect(engine.crossEntropy(values, targets)).toBe(expected);
    expect(engine.crossEntropy(logits, targets)).toBe(expected);
    engine.softmax(values, { shape: [500, 4] });
    engine.logSoftmax(values, { shape: [4, 500], axis: 0 });
    expect(new Uint32Array(memory.buffer, 0, (3 * PAGE) / 4).every((word) => word === 0xdeadbeef)).toBe(true);
  });

  it.each([
    ["unshared", unshared],
    ["shared", shared],
  ])("reads the caller's arrays on it where they are, up to its last byte, also after it grew (%s)", (_, memoryOf) => {
    const memory = memoryOf(1);
    const engine = createLocalEngine({ memory });
    // behind the engine's region too
    memory.grow(1);
    const { buffer } = memory;
    for (const start of [0, 4, 1024, buffer.byteLength - values.byteLength - 16, buffer.byteLength - values.byteLength]) {
      const logits = new Float32Array(buffer, start, values.length);
      logits.set(values);
      expect(engine.crossEntropy(logits, targets), `at ${start} of ${buffer.byteLength}`).toBe(expected);
      expectSameBits(logits, values);
      logits.fill(0);
    }
    // a row that is no whole number of vectors, read where it is, would be read beyond the memory's end
    const last = new Float32Array(buffer, buffer.byteLength - 7 * 4, 7);
    last.set([1, 2, 3, 4, 5, 6, 7]);
    expect(engine.crossEntropy(last, 0)).toBe(fastest.crossEntropy([1, 2, 3, 4, 5, 6, 7], 0));
    // the last of them was copied, its end being the memory's: the tile's turn to hold something else
    engine.crossEntropy(new Float32Array(values.length), targets);
    const logits = new Float32Array(buffer, 1024, values.length);
    logits.set(values);
    engine.crossEntropy(logits, targets);
    expect(occurrences(memory, values.subarray(0, 4)), "the array itself").toBe(1);
  });

  it("works beyond 2 GiB", () => {
    // only what is touched of these pages costs anything
    const memory = shared(2.5 * 2 ** 14);
    const engine = createLocalEngine({ memory });
    const logits = allocated(engine, values);
    expect(logits.byteOffset).toBeGreaterThan(2 ** 31);
    expect(engine.crossEntropy(logits, targets)).toBe(expected);
    expect(engine.crossEntropy(values, targets)).toBe(expected);
    for (const axis of [0, 1]) {
      const shape = [4, 500];
      const out = engine.allocate("float32", values.length);
      engine.softmax(logits, { shape, axis, out });
      expectSameBits(out, fastest.softmax(values, { shape, axis }));
      expectSameBits(
        engine.logSumExp(logits, { shape, axis }) as Float32Array,
        fastest.logSumExp(values, { shape, axis }) as Float32Array,
      );
    }
    const weighted = { labelSmoothing: 0.1, weight: new Float32Array(500).fill(2), softcap: 10, zLoss: 0.1 };
    expect(engine.crossEntropy(logits, targets, weighted)).toBe(fastest.crossEntropy(values, targets, weighted));
  });

  it("cannot grow an unshared memory while arrays are in use, says so, and can again when they are freed", () => {
    const engine = createLocalEngine({ memory: unshared(0) });
    const small = allocated(engine, [1, 2, 3]);
    expect(error(() => engine.allocate("float32", 2 ** 18))).toEqual(
      new RangeError(
        "allocate: expected room for 1048640 bytes, got an unshared memory, which cannot grow while arrays are in use",
      ),
    );
    expect(Array.from(small)).toEqual([1, 2, 3]);
    expect(engine.allocate("float32", 1000)).toHaveLength(1000);
    const alone = createLocalEngine({ memory: unshared(0) });
    alone.free(alone.allocate("float32", 3));
    const large = alone.allocate("float32", 2 ** 18);
    expect(large).toHaveLength(2 ** 18);
    large.set(values);
    expect(alone.crossEntropy(large.subarray(0, values.length), targets)).toBe(expected);
  });

  it("goes on after the caller grew an unshared memory, whose older views are gone", () => {
    const memory = unshared(1);
    const engine = createLocalEngine({ memory });
    const stale = new Float32Array(memory.buffer, 0, values.length);
    expect(engine.crossEntropy(values, targets)).toBe(expected);
    memory.grow(1);
    expect(engine.crossEntropy(values, targets)).toBe(expected);
    expect(() => engine.crossEntropy(stale, targets)).toThrow(
      new TypeError("logits: expected an array with data, got a detached Float32Array (its buffer was transferred)"),
    );
  });

  it("stops at the maximum of a shared memory", () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 80, shared: true });
    const engine = createLocalEngine({ memory });
    const kept = allocated(engine, [1, 2, 3]);
    expect(() => engine.allocate("float32", 10 * MIB)).toThrow(/^allocate: expected room for 41943040 bytes, got a memory that/);
    expect(Array.from(kept)).toEqual([1, 2, 3]);
    expect(engine.crossEntropy(values, targets)).toBe(expected);
  });

  it("serves several engines, each with its own region", () => {
    const memory = shared(0);
    const engines = [createLocalEngine({ memory }), createLocalEngine({ memory }), createLocalEngine({ memory })];
    const arrays = engines.map((engine) => allocated(engine, values));
    for (const engine of engines) {
      for (const logits of [...arrays, values]) expect(engine.crossEntropy(logits, targets)).toBe(expected);
    }
    for (const array of arrays) expectSameBits(array, values);
  });
});

describe("options", () => {
  it("are checked", () => {
    const create = createLocalEngine as (options: unknown) => LocalEngine;
    expect(error(() => create({ threads: 2 }))).toEqual(
      new TypeError("options.threads: expected one of deterministic, module, memory, got an unknown option"),
    );
    expect(error(() => create({ deterministic: 1 }))).toEqual(new TypeError("options.deterministic: expected a boolean, got 1"));
    expect(error(() => create({ memory: new ArrayBuffer(8) }))).toEqual(
      new TypeError("options.memory: expected a WebAssembly.Memory, got an ArrayBuffer"),
    );
    expect(error(() => create(null))).toEqual(new TypeError("options: expected an object, got null"));
    expect(error(() => create(3))).toEqual(new TypeError("options: expected an object, got 3"));
  });
});

/** A call with everything that it reads; `place` may move its arrays into an engine's memory. */
type Call = (functions: Functions, place: (values: Float32Array) => Float32Array) => number | Float32Array;

/** Calls of every function over all paths: few, middle, large and cut rows, other axes, padding, special values. */
function calls(): [name: string, call: Call][] {
  const random = randomFrom(7);
  const cases: [string, Call][] = [];
  for (const [rows, cols] of [
    [1, 1],
    [3, 2],
    [9, 10],
    [40, 64],
    [5, 1000],
    [2, 5000],
    [2, 70_000],
  ] as const) {
    const logits = normalLogits(rows * cols, 3, random);
    const special = logits.slice();
    special[0] = Number.NaN;
    special[special.length - 1] = Number.NEGATIVE_INFINITY;
    const targets = Int32Array.from({ length: rows }, () => Math.floor(random() * cols));
    const someIgnored = targets.map((target, r) => (r % 2 ? target : -100));
    const shape = [rows, cols];
    const weight = Float32Array.from({ length: cols }, random);
    const uniform = new Float32Array(rows * cols).fill(1 / cols);
    const add = (name: string, call: Call) => cases.push([`${name} (${rows}, ${cols})`, call]);
    add("mean", (f, place) => f.crossEntropy(place(logits), targets));
    add("special values", (f, place) => f.crossEntropy(place(special), targets, { reduction: "none" }));
    add("ignored rows", (f, place) => f.crossEntropy(place(special), someIgnored, { reduction: "none" }));
    add("all options", (f, place) => {
      const options = { labelSmoothing: 0.2, softcap: 5, temperature: 2, zLoss: 0.1, weight, reduction: "sum" } as const;
      return f.crossEntropy(place(logits), targets, options);
    });
    add("probabilities", (f, place) => f.crossEntropy(place(logits), place(uniform), { shape, reduction: "none" }));
    add("nll", (f, place) => f.nllLoss(place(special), targets, { weight }));
    add("softmax", (f, place) => f.softmax(place(special), { shape }));
    add("softmax of the first axis", (f, place) => f.softmax(place(special), { shape, axis: 0 }));
    add("logSoftmax", (f, place) => f.logSoftmax(place(logits), { shape }));
    add("logSumExp", (f, place) => f.logSumExp(place(special), { shape }));
    add("logSumExp of the first axis", (f, place) => f.logSumExp(place(logits), { shape, axis: 0 }));
    add("entropy", (f, place) => f.entropy(place(uniform), { shape }));
    add("jsDivergence", (f, place) => f.jsDivergence(place(uniform), place(uniform), { shape }));
  }
  return cases;
}

/** The numbers below `count` in an order in which every ordered pair of them, equal ones too, is adjacent: a de Bruijn sequence. */
function everyPairOf(count: number): number[] {
  const order: number[] = [];
  for (let i = 0; i < count; i++) {
    order.push(i);
    for (let j = i + 1; j < count; j++) order.push(i, j);
  }
  return [...order, 0];
}

function asArray(result: number | Float32Array): Float64Array | Float32Array {
  return typeof result === "number" ? Float64Array.of(result) : result.slice();
}

describe("calls leave nothing behind", () => {
  const cases = calls();
  const outside = (values: Float32Array): Float32Array => values;
  // an engine of its own for each call, on an unshared memory, which takes less address space
  const alone = cases.map(([, call]) =>
    asArray(call(createLocalEngine({ memory: new WebAssembly.Memory({ initial: 0 }) }), outside)),
  );

  it("any call gives the same bits after any other as alone", () => {
    const engine = createLocalEngine();
    const order = everyPairOf(cases.length);
    for (const [at, i] of order.entries()) {
      const [name, call] = cases[i] as [string, Call];
      const before = cases[order.at(at - 1) as number]?.[0];
      expectSameBits(asArray(call(engine, outside)), alone[i] as Float32Array, `${name} after ${before}`);
    }
  });

  it("that order has every ordered pair once", () => {
    const order = everyPairOf(cases.length);
    const pairs = new Set(order.map((i, at) => (order[at - 1] ?? -1) * cases.length + i));
    pairs.delete((order[0] as number) - cases.length);
    expect(pairs.size).toBe(cases.length ** 2);
    expect(order).toHaveLength(cases.length ** 2 + 1);
  });

  it("the same with arrays in the engine's memory, mixed with others, in random order", () => {
    const engine = createLocalEngine();
    const random = randomFrom(8);
    for (let round = 0; round < 1000; round++) {
      const arrays: Float32Array[] = [];
      const place = (values: Float32Array): Float32Array => {
        if (random() < 0.3) return values;
        const array = allocated(engine, values);
        arrays.push(array);
        return array;
      };
      const i = Math.floor(random() * cases.length);
      const [name, call] = cases[i] as [string, Call];
      expectSameBits(asArray(call(engine, place)), alone[i] as Float32Array, `${name} in round ${round}`);
      for (const array of arrays) engine.free(array);
    }
  });

  it("two engines and the plain functions do not disturb each other", () => {
    const plain: Functions = fastest;
    const backends = [createLocalEngine(), createLocalEngine(), plain];
    const random = randomFrom(9);
    for (let round = 0; round < 500; round++) {
      const i = Math.floor(random() * cases.length);
      const [name, call] = cases[i] as [string, Call];
      const functions = backends[Math.floor(random() * backends.length)] as Functions;
      expectSameBits(asArray(call(functions, outside)), alone[i] as Float32Array, `${name} in round ${round}`);
    }
  });
});

it("still reads its arrays in place after another engine's memory grew", () => {
  // V8 gives every shared memory a new buffer object when any of them grows
  const runner = new BuildRunner(ALL_KERNELS, "plain", new WebAssembly.Memory({ initial: 0, maximum: 1024, shared: true }));
  const start = runner.arena.allocate(4000);
  const array = new Float32Array(runner.buffer(), start, 1000);
  const other = createLocalEngine();
  other.allocate("float32", 2 ** 22);
  expect(runner.workspace.addressOf(array)).toBe(start);
  expect(runner.workspace.addressOf(new Float32Array(8))).toBe(-1);
});

describe("the end of an engine", () => {
  it("close: everything but info and close throws EngineClosedError", () => {
    const engine = createLocalEngine({ deterministic: true });
    const array = engine.allocate("float32", 3);
    expect(engine.info()).toMatchObject({ variant: "plain", threads: 0, shared: true, reason: undefined, pending: 0 });
    expect(engine.info().takenBytes).toBeGreaterThan(0);
    engine.close();
    engine.close();
    for (const name of Object.keys(TASKS) as (keyof typeof TASKS)[]) {
      expect(() => (engine[name] as (...args: unknown[]) => unknown)(array, 0), name).toThrow(EngineClosedError);
    }
    expect(() => engine.allocate("float32", 1)).toThrow(EngineClosedError);
    expect(() => engine.free(array)).toThrow(EngineClosedError);
    expect(engine.info().variant).toBe("plain");
  });

  it("using closes it", () => {
    let used: LocalEngine;
    {
      using engine = createLocalEngine();
      used = engine;
      expect(used.crossEntropy([1, 2], 0)).toBeGreaterThan(0);
    }
    expect(() => used.crossEntropy([1, 2], 0)).toThrow(EngineClosedError);
  });

  it("info of an engine on an unshared memory says why it is not shared", () => {
    const { shared, reason } = createLocalEngine({ memory: new WebAssembly.Memory({ initial: 0 }) }).info();
    expect({ shared, reason }).toEqual({ shared: false, reason: "the memory given is not shared" });
  });
});

/** Values of another realm (a vm context, an iframe, Jest's sandbox) are what they are here: as inputs, outputs and settings. */
import vm from "node:vm";
import { describe, expect, it } from "vitest";
import * as plain from "../../src/index.js";
import {
  bitsPerByte,
  createLocalEngine,
  crossEntropy,
  crossEntropyFromPartial,
  crossEntropyValueAndGrad,
  logSumExpPartial,
  multipleChoice,
  nllLoss,
  scoreTokens,
  softmax,
} from "../../src/index.js";
import { crossEntropy as reference } from "../../src/reference/index.js";
import { bitsOf, callsOf, difference, makeCall } from "../support/calls.js";
import { wakefulEngine } from "../support/engines.js";

const context = vm.createContext({});
const there = vm.runInContext(`(name, values) => globalThis[name].from(values)`, context) as (
  name: string,
  values: ArrayLike<unknown>,
) => never;

/** The same value with arrays of the other realm. */
function foreign(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) {
    const copy: unknown = there(value.constructor.name, value as Float32Array);
    expect(copy).not.toBeInstanceOf(value.constructor);
    return copy;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, foreign(member)]));
}

const LOGITS = [2, 1, 0.5, 0.5, 2.5, 1];
const MEAN = crossEntropy(Float32Array.from(LOGITS), [0, 1]);

describe("arrays of another realm", () => {
  it.each([-1, 1])("give every function the same bits, with the class axis %d", async (axis) => {
    await using pool = await wakefulEngine({ threads: 2 });
    using local = createLocalEngine();
    for (const call of callsOf([4, 6, 9], axis, 3)) {
      const expected = bitsOf(makeCall(plain, call));
      const moved = { ...call, args: call.args.map(foreign) };
      for (const functions of [plain, local, pool]) {
        expect(difference(await makeCall(functions, moved), expected), call.name).toBeUndefined();
      }
    }
  });

  it("of floats are probabilities and never class indices, in the reference too", () => {
    const probabilities = there("Float32Array", [1, 0, 0, 0, 1, 0]);
    const options = { shape: [2, 3] };
    expect(crossEntropy(Float32Array.from(LOGITS), probabilities, options)).toBe(MEAN);
    expect(reference(Float32Array.from(LOGITS), probabilities, options)).toBeCloseTo(MEAN, 6);
    for (const name of ["Float32Array", "Float64Array"]) {
      expect(() => nllLoss(LOGITS, there(name, [0, 1]))).toThrow(/^targets: expected class indices/);
      expect(() => scoreTokens(LOGITS, [0, 1], { tokenBytes: there(name, [1, 1, 1]) })).toThrow(TypeError);
    }
  });

  it("take results, and are what the call returns", async () => {
    const input = there("Float32Array", LOGITS);
    const expected = softmax(Float32Array.from(LOGITS), { shape: [2, 3] });
    await using pool = await wakefulEngine({ threads: 2 });
    for (const functions of [plain, pool]) {
      const out: Float32Array = there("Float32Array", LOGITS);
      expect(await functions.softmax(input, { shape: [2, 3], out })).toBe(out);
      expect(difference(out, bitsOf(expected))).toBeUndefined();
    }
    const gradOut: Float32Array = there("Float32Array", LOGITS);
    const { grad } = crossEntropyValueAndGrad(gradOut, [0, 1], { gradOut });
    expect(grad).toBe(gradOut);
    const words = there("Uint16Array", [0x4000, 0x3f80, 0x3f00, 0x3f00, 0x4020, 0x3f80]);
    expect(crossEntropy({ data: words, dims: [2, 3], type: "bfloat16" }, there("BigInt64Array", [0n, 1n]))).toBe(MEAN);
  });

  it("are numbers of bytes, log-probabilities, partials, and dims", () => {
    const tokenBytes = Int32Array.of(1, 2, 3);
    const scores = scoreTokens(LOGITS, [0, 1], {
      tokenBytes: there("Int32Array", tokenBytes),
      shape: there("Int32Array", [2, 3]),
    });
    expect(scores).toEqual(scoreTokens(LOGITS, [0, 1], { tokenBytes, shape: [2, 3] }));
    expect(bitsPerByte({ nats: there("Float64Array", [Math.LN2]), bytes: there("Uint8Array", [2]) })).toBe(0.5);
    expect(multipleChoice({ logProbs: there("Float64Array", [-2, -1]) })).toEqual({ choice: 1 });
    const partial = foreign(logSumExpPartial(LOGITS, [0, 1])) as Parameters<typeof crossEntropyFromPartial>[0];
    expect(crossEntropyFromPartial(partial)).toBeCloseTo(MEAN, 6);
  });
});

describe("memories, URLs and signals of another realm", () => {
  it("are worked in, and abort", async () => {
    const memory = vm.runInContext(
      "new WebAssembly.Memory({ initial: 1, maximum: 300, shared: true })",
      context,
    ) as WebAssembly.Memory;
    expect(memory).not.toBeInstanceOf(WebAssembly.Memory);
    using local = createLocalEngine({ memory });
    const logits = local.allocate("float32", LOGITS.length);
    logits.set(LOGITS);
    expect(local.crossEntropy(logits, [0, 1])).toBe(MEAN);
    await using pool = await wakefulEngine({ threads: 1, memory });
    expect(await pool.crossEntropy(logits, [0, 1])).toBe(MEAN);

    const { signal } = new AbortController();
    const alien = Object.setPrototypeOf(
      { [Symbol.toStringTag]: "AbortSignal", aborted: true, throwIfAborted: () => signal.throwIfAborted() },
      null,
    ) as AbortSignal;
    expect(
      await pool.crossEntropy(LOGITS, [0, 1], {
        signal: Object.assign(alien, { addEventListener() {}, removeEventListener() {} }),
      }),
    ).toBe(MEAN);
    await expect(pool.crossEntropy(LOGITS, [0, 1], { signal: {} as AbortSignal })).rejects.toThrow(
      /^options\.signal: expected an AbortSignal/,
    );
  });
});

/** ES2024, which the compiler's library for this project lacks. */
type Resizable = ArrayBuffer & { resize(bytes: number): void };
const resizable = (bytes: number, most: number): Resizable =>
  new (ArrayBuffer as unknown as new (bytes: number, options: { maxByteLength: number }) => Resizable)(bytes, {
    maxByteLength: most,
  });

describe("views of resizable buffers", () => {
  const lost = /^(\S+): expected an array with data, got a \w+ outside its buffer, which has shrunk$/;

  it("that have shrunk out of their buffer are refused: inputs, targets, weights and outputs", () => {
    const buffer = resizable(64, 64);
    const view = new Float32Array(buffer, 8, 6);
    const tracking = new Int32Array(buffer, 56);
    buffer.resize(16);
    const good = Float32Array.from(LOGITS);
    for (const call of [
      () => crossEntropy(view, [0, 1]),
      () => crossEntropy({ data: view, dims: [0, 3] }, []),
      () => crossEntropy(good, tracking),
      () => crossEntropy(good, [0, 1], { weight: view }),
      () => softmax(good, { out: view }),
      () => crossEntropyValueAndGrad(good, [0, 1], { gradOut: view }),
    ]) {
      expect(call).toThrow(TypeError);
      expect(call).toThrow(lost);
    }
  });

  it("that are within it are arrays of their present length", () => {
    const buffer = resizable(24, 64);
    const view = new Float32Array(buffer);
    view.set(LOGITS);
    expect(crossEntropy(view, [0, 1])).toBe(MEAN);
    buffer.resize(12);
    expect(crossEntropy(view, [0])).toBe(crossEntropy(LOGITS.slice(0, 3), [0]));
    expect(() => crossEntropy(view, [0], { shape: [2, 3] })).toThrow(RangeError);
    buffer.resize(0);
    expect(() => crossEntropy(view, [0])).toThrow(RangeError);
  });
});

describe("an output over an input, on two buffer objects of one memory", () => {
  const ROWS = 40;
  const shape = [ROWS, 10];
  const values = Float32Array.from({ length: ROWS * 10 }, (_, i) => Math.sin(i) * 5);

  /** Views of a memory before and after it grew, and after it was posted. */
  function views(elements: number, offset: number): Float32Array[] {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 8, shared: true });
    const first = memory.buffer;
    const buffers = [first, structuredClone(first)];
    memory.grow(1);
    buffers.push(memory.buffer, structuredClone(memory.buffer));
    expect(new Set(buffers).size).toBe(buffers.length);
    return buffers.map((buffer) => new Float32Array(buffer, offset, elements));
  }

  it("is refused through every pair of views, and nothing is written", () => {
    const [inputs, outputs] = [views(values.length, 64), [] as Float32Array[]];
    for (const input of inputs) {
      input.set(values);
      for (const other of inputs) {
        for (const shift of [-4, 4, 4 * (values.length - 1)]) {
          const out = new Float32Array(other.buffer, other.byteOffset + shift, values.length);
          expect(() => softmax(input, { shape, out })).toThrow(
            /^options\.out: expected memory of its own, got an array that overlaps logits$/,
          );
          const wrong = /^options\.gradOut: expected memory of its own/;
          expect(() => crossEntropyValueAndGrad(input, new Int32Array(ROWS), { gradOut: out })).toThrow(wrong);
          outputs.push(out);
        }
      }
      expect(difference(input, bitsOf(values))).toBeUndefined();
    }
    expect(outputs).toHaveLength(48);
  });

  it("exactly over it is the input itself where that is allowed", () => {
    const expected = crossEntropyValueAndGrad(values, new Int32Array(ROWS)).grad;
    const [input, ...others] = views(values.length, 64) as [Float32Array, ...Float32Array[]];
    for (const gradOut of others) {
      input.set(values);
      crossEntropyValueAndGrad(input, new Int32Array(ROWS), { gradOut });
      expect(difference(input, bitsOf(expected))).toBeUndefined();
    }
  });

  it("at the same place of another memory, or beside it, is none", () => {
    const [input] = views(values.length, 64) as [Float32Array];
    input.set(values);
    const expected = softmax(values, { shape });
    const apart = [...views(values.length, 64), new Float32Array(input.buffer, 64 + 4 * values.length, values.length)];
    for (const out of apart) {
      out.fill(7);
      expect(difference(softmax(input, { shape, out }), bitsOf(expected))).toBeUndefined();
    }
  });
});

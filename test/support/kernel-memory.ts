/**
 * Kernels on a small separate memory, with arrays between poison. Reading outside an array changes the kernel's result; writing
 * outside the allowed ranges is detected.
 */
import { expect } from "vitest";
import { instantiateKernels, type Variant } from "../../src/kernels.js";
import { EXP_SCRATCH_BYTES } from "../../src/memory/constants.js";
import type { Kernels } from "../../src/wasm/module.js";
import { hasRelaxedSimd } from "../../src/wasm/relaxed-probe.js";
import { firstDifferentByte } from "./first-difference.js";

/** The builds that this runtime supports. Every kernel test runs on each. */
export const variants: readonly Variant[] = hasRelaxedSimd() ? ["plain", "relaxed"] : ["plain"];

/** Poison around the arrays, as 32-bit patterns: NaN, +inf, the greatest finite number and 0 as f32; NaN and huge as f64. */
export const POISONS = { nan: 0x7fc00000, infinity: 0x7f800000, huge: 0x7f7fffff, zero: 0 } as const;

/** Bytes between arrays. */
const GAP = 64;
/** Address 0 means "no array" to the kernels. */
const FIRST = 64;

const PAGE = 65536;

interface WriteRange {
  readonly array: ArrayBufferView;
  /** Bytes past the array that the kernel may also write. */
  readonly slack: number;
}

type Placed = Float32Array | Float64Array | Int32Array | Uint16Array;

export class KernelMemory {
  readonly kernels: Kernels;
  readonly #memory: WebAssembly.Memory;
  #next = FIRST;

  constructor(variant: Variant, bytes: number) {
    this.#memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) });
    this.kernels = instantiateKernels(this.#memory, variant);
    this.clear();
  }

  /** End of the memory: a read past it traps. */
  get end(): number {
    return this.#memory.buffer.byteLength;
  }

  /** Fills the memory with poison and discards all placed arrays. */
  clear(poison: number = POISONS.nan): void {
    new Uint32Array(this.#memory.buffer).fill(poison);
    this.#next = FIRST;
  }

  /** Places f32 numbers, deliberately never at a multiple of 16: the kernels require only the alignment of the element. */
  float32(values: ArrayLike<number>): Float32Array {
    const array = new Float32Array(this.#memory.buffer, this.#take(values.length * 4, 4), values.length);
    array.set(values);
    return array;
  }

  /** Places f64 numbers, 8 bytes past a multiple of 16. */
  float64(values: ArrayLike<number>): Float64Array {
    const array = new Float64Array(this.#memory.buffer, this.#take(values.length * 8, 8), values.length);
    array.set(values);
    return array;
  }

  int32(values: ArrayLike<number>): Int32Array {
    const array = new Int32Array(this.#memory.buffer, this.#take(values.length * 4, 4), values.length);
    array.set(values);
    return array;
  }

  /** Places 16-bit words, 2 bytes past a multiple of 16. */
  uint16(values: ArrayLike<number>): Uint16Array {
    const array = new Uint16Array(this.#memory.buffer, this.#take(values.length * 2, 2), values.length);
    array.set(values);
    return array;
  }

  /** Places the scratch array of the exponentials' passes. It holds poison before the call and anything after it. */
  expScratch(): Uint8Array {
    return new Uint8Array(this.#memory.buffer, this.#take(EXP_SCRATCH_BYTES, 4), EXP_SCRATCH_BYTES);
  }

  /** Places f32 numbers so that the memory ends `slack` bytes past the last one. */
  float32AtEnd(values: ArrayLike<number>, slack: number): Float32Array {
    const array = new Float32Array(this.#memory.buffer, this.end - slack - values.length * 4, values.length);
    array.set(values);
    return array;
  }

  /** Places 16-bit words so that the memory ends `slack` bytes past the last one. */
  uint16AtEnd(values: ArrayLike<number>, slack: number): Uint16Array {
    const array = new Uint16Array(this.#memory.buffer, this.end - slack - values.length * 2, values.length);
    array.set(values);
    return array;
  }

  /** Runs a kernel. Fails if a byte outside the given ranges changed. */
  expectWritesOnly(ranges: readonly WriteRange[], run: () => void): void {
    const before = Buffer.from(this.#memory.buffer.slice(0));
    run();
    const after = Buffer.from(this.#memory.buffer);
    const sorted = [...ranges].sort((a, b) => a.array.byteOffset - b.array.byteOffset);
    let at = 0;
    for (const { array, slack } of sorted) {
      expectSame(before, after, at, array.byteOffset);
      at = array.byteOffset + array.byteLength + slack;
    }
    expectSame(before, after, at, after.length);
  }

  #take(bytes: number, offset: number): number {
    const start = Math.ceil(this.#next / 16) * 16 + offset;
    this.#next = start + bytes + GAP;
    if (this.#next > this.end) throw new RangeError(`KernelMemory: ${this.#next} bytes needed, ${this.end} there`);
    return start;
  }
}

function expectSame(before: Buffer, after: Buffer, from: number, to: number): void {
  if (before.subarray(from, to).equals(after.subarray(from, to))) return;
  for (let i = from; i < to; i++) {
    if (before[i] !== after[i]) expect.fail(`byte ${i} was written, ${i - from} bytes behind the range that ends at ${from}`);
  }
}

/** Fails unless two arrays have the same bits, also for NaN and -0; names the first element that differs. */
export function expectSameBits(actual: Placed, expected: Placed, what = "bits"): void {
  if (actual.byteLength !== expected.byteLength) {
    expect.fail(`${what}: expected ${expected.length} values, got ${actual.length}`);
  }
  const same = firstDifferentByte(actual, expected);
  if (same === expected.byteLength) return;
  const at = Math.floor(same / expected.BYTES_PER_ELEMENT);
  expect.fail(`${what}: other bits at [${at}], got ${actual[at]}, expected ${expected[at]}`);
}

/** Reproducible numbers, uniform in [0, 1) (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Normally distributed f32 logits with the given standard deviation. */
export function normalLogits(count: number, deviation: number, random: () => number): Float32Array {
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    values[i] = deviation * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  }
  return values;
}

/** Distance to `exact` in ulp of the f32 at `exact`; the ulp of subnormals is 2^-149. */
export function ulps32(actual: number, exact: number): number {
  return actual === exact ? 0 : Math.abs(actual - exact) / 2 ** (Math.max(exponentOf(exact), -126) - 23);
}

/** Distance to `exact` in ulp of the f64 at `exact`, which is itself rounded. */
export function ulps64(actual: number, exact: number): number {
  return actual === exact ? 0 : Math.abs(actual - exact) / 2 ** (Math.max(exponentOf(exact), -1022) - 52);
}

const double = new Float64Array(1);
const doubleWords = new Int32Array(double.buffer);

/** The exponent e with 2^e <= |x| < 2^(e + 1), from the exponent field, because Math.log2 may round up to the next integer. */
function exponentOf(x: number): number {
  double[0] = x;
  return ((doubleWords[1] >>> 20) & 2047) - 1023;
}

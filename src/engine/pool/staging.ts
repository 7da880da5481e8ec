/**
 * Makes a job's arrays available to the workers. Arrays in shared memory are used in place; others are copied to the pool's memory
 * and back, unit by unit, while the workers compute. Rows take a few windows in turn, so that the memory does not grow with the
 * input. An array that cannot come in windows (the class axis is not the last) is copied as a whole.
 */
import { isFloat64, isSharedBuffer } from "../../values.js";
import type { Job } from "../job.js";
import { type JobArray, type Kind, mapArrays, type Use } from "../kind.js";
import type { PoolMemory } from "./memory.js";
import { arrayAt, type ElementType, elementBytes, type Place, type Ring, shiftOf, typeOf, viewOf } from "./places.js";

/** What is copied at once: a part in its window, or a piece of an array that is copied as a whole. */
export interface Units {
  readonly count: number;
  /** Number of windows that the units take in turn; 0 if arrays are copied as a whole. */
  readonly windows: number;
  /** Maximum number of elements of an array in a unit. */
  elements(use: Use): number;
  /** The elements of an array in a unit. */
  range(use: Use, unit: number, length: number): readonly [from: number, to: number];
}

interface Copy {
  readonly view: ReturnType<typeof viewOf>;
  readonly length: number;
  readonly use: Use;
  readonly type: ElementType;
  readonly at: number;
  /** The windows that units take in turn; null if the array is copied as a whole. */
  readonly ring: Ring | null;
}

export class Staging {
  /** The job, with a Place instead of each array. */
  readonly job: Job;
  /** Shared buffers that are not the pool's memory. */
  readonly buffers: ArrayBufferLike[] = [];
  readonly #memory: PoolMemory;
  readonly #units: Units;
  readonly #taken: number[] = [];
  readonly #known = new Map<object, Place>();
  readonly #into: Copy[] = [];
  readonly #from: Copy[] = [];
  /** Results that are copied back once all parts are done. */
  readonly #last: Copy[] = [];

  /** @throws RangeError when the memory is full; nothing is taken then. */
  constructor(memory: PoolMemory, kind: Kind, job: Job, units: Units) {
    this.#memory = memory;
    this.#units = units;
    try {
      this.job = mapArrays(kind, job, (array, use) => (array && this.#place(array, use)) as unknown as typeof array);
    } catch (error) {
      this.free();
      throw error;
    }
  }

  /** Whether any input is copied unit by unit. */
  get isFed(): boolean {
    return this.#into.length > 0;
  }

  get hasWindows(): boolean {
    return this.#units.windows > 0 && this.#into.length + this.#from.length > 0;
  }

  /** Copies a unit's input. */
  bring(unit: number): void {
    for (const copy of this.#into) {
      const [from, to] = this.#units.range(copy.use, unit, copy.length);
      checkThere(copy);
      put(this.#there(copy, unit, from, to - from), copy.view, from, to);
    }
  }

  /** Copies a unit's results to the caller's arrays. */
  take(unit: number): void {
    for (const copy of this.#from) {
      const [from, to] = this.#units.range(copy.use, unit, copy.length);
      checkThere(copy);
      copy.view.set(this.#there(copy, unit, from, to - from) as Float32Array, from);
    }
  }

  /** Copies the results that are not divided into units. */
  takeRest(): void {
    for (const copy of this.#last) {
      const { view, type, at, length } = copy;
      checkThere(copy);
      view.set(viewOf(arrayAt(this.#memory.buffer(), type, at, length)) as Float32Array);
    }
  }

  free(): void {
    for (const address of this.#taken) this.#memory.free(address);
    this.#taken.length = 0;
  }

  /** Allocates bytes of the pool's memory, until `free`. */
  allocate(bytes: number): number {
    const address = this.#memory.allocate(bytes);
    this.#taken.push(address);
    return address;
  }

  #place(array: JobArray, use: Use): Place {
    const view = viewOf(array);
    const type = typeOf(array);
    const { byteOffset: at, length, buffer } = view;
    if (this.#memory.isOwn(buffer)) return { type, at, length };
    if (isSharedBuffer(buffer)) {
      return { type, at, length, buffer: this.#number(buffer) };
    }
    const known = use.role === "read" ? this.#known.get(view) : undefined;
    if (known) return known;
    const place = use.rows && this.#units.windows > 0 ? this.#inWindows(array, use) : this.#whole(array, use);
    if (use.role === "read") this.#known.set(view, place);
    return place;
  }

  #number(buffer: ArrayBufferLike): number {
    const index = this.buffers.indexOf(buffer);
    return index >= 0 ? index : this.buffers.push(buffer) - 1;
  }

  #inWindows(array: JobArray, use: Use): Place {
    const { windows: slots } = this.#units;
    const view = viewOf(array);
    const type = stagedType(array, use);
    const length = Math.min(view.length, this.#units.elements(use));
    // kernels read a few bytes past an array
    const apart = Math.ceil((length * elementBytes(type) + 128) / 64) * 64;
    const at = this.allocate(slots * apart);
    const ring = { slots, apart, phase: view.byteOffset % 8 };
    (use.role === "read" ? this.#into : this.#from).push({ view, length: view.length, use, type, at, ring });
    return { type, at, length, ring };
  }

  #whole(array: JobArray, use: Use): Place {
    const view = viewOf(array);
    const type = stagedType(array, use);
    const at = this.allocate(view.length * elementBytes(type));
    const copy = { view, length: view.length, use, type, at, ring: null };
    if (use.role === "write") this.#last.push(copy);
    else if (use.rows) this.#into.push(copy);
    else put(viewOf(arrayAt(this.#memory.buffer(), type, at, view.length)), view, 0, view.length);
    return { type, at, length: view.length };
  }

  /** Where a unit's elements are in the pool's memory. */
  #there({ type, at, ring }: Copy, unit: number, from: number, length: number): Copy["view"] {
    const start = ring ? at + (unit % ring.slots) * ring.apart + shiftOf(ring, type, from) : at + from * elementBytes(type);
    return viewOf(arrayAt(this.#memory.buffer(), type, start, length));
  }
}

/** Rows are rounded to f32 when copied, as in a tile; other arrays keep their type. */
function stagedType(array: JobArray, use: Use): ElementType {
  return isFloat64(array) && use.rows ? "float32" : typeOf(array);
}

/** @throws TypeError if the caller's array has lost its memory since the call was made. */
export function checkThere({ view, length }: Pick<Copy, "view" | "length">): void {
  // a view of a resizable buffer may have grown
  if (view.length >= length) return;
  throw new TypeError(
    "wasm-cross-entropy: an array of the call was detached (its buffer transferred) or shrunk before the call was over",
  );
}

/** target = source[from .. to) */
function put(target: Copy["view"], source: Copy["view"], from: number, to: number): void {
  // both have the same type, or f64 is rounded to f32
  (target as Float32Array).set(source.subarray(from, to) as Float32Array);
}

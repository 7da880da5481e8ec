/// <reference lib="esnext.disposable" preserve="true" />
/** Typed arrays in an engine's memory. They are zeroed when allocated and can be freed once. */
import { describe, wrongType, wrongValue } from "../errors.js";
import type { Arena } from "../memory/arena.js";
import { isFloat32, isInt32, isUint16 } from "../values.js";

/** Element types of `allocate`. */
export interface AllocatedArrays {
  float32: Float32Array;
  float16: Uint16Array;
  bfloat16: Uint16Array;
  int32: Int32Array;
}

export type Allocated = AllocatedArrays[keyof AllocatedArrays];

interface View {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, start: number, length: number): Allocated;
}

const VIEWS: Readonly<Record<keyof AllocatedArrays, View>> = {
  float32: Float32Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int32: Int32Array,
};

/**
 * Returns the typed-array class for an element type and checks the length.
 *
 * @throws RangeError for an unknown type, or a length that is not an integer >= 0; TypeError for a length that is not a number.
 */
export function viewFor(type: unknown, length: unknown): View {
  if (typeof type !== "string" || !Object.hasOwn(VIEWS, type)) {
    throw wrongValue("type", `one of "float32", "float16", "bfloat16", "int32"`, describe(type));
  }
  if (typeof length !== "number") throw wrongType("length", "an integer >= 0", length);
  if (!Number.isSafeInteger(length) || length < 0) throw wrongValue("length", "an integer >= 0", length);
  return VIEWS[type as keyof AllocatedArrays];
}

/** Supplies the bytes of the arrays. */
export interface ArraySource {
  readonly arena: Pick<Arena, "allocate" | "free">;
  /** The memory's current buffer. */
  buffer(): ArrayBufferLike;
  /** Bytes below this address may be nonzero. Default 0. */
  readonly touched?: number;
}

export class ArrayStore {
  readonly #source: ArraySource;
  readonly #live = new WeakMap<Allocated, number>();
  // Memory above this address was never handed out. New pages are zero already; filling them would make them resident.
  #touched: number;

  constructor(source: ArraySource) {
    this.#source = source;
    this.#touched = source.touched ?? 0;
  }

  allocate<Type extends keyof AllocatedArrays>(type: Type, length: number): AllocatedArrays[Type] & Disposable {
    const View = viewFor(type, length);
    const elementBytes = View.BYTES_PER_ELEMENT;
    const start = this.#source.arena.allocate(length * elementBytes);
    const array = new View(this.#source.buffer(), start, length);
    const end = start + array.byteLength;
    if (start < this.#touched) array.fill(0, 0, Math.ceil((Math.min(this.#touched, end) - start) / elementBytes));
    this.#touched = Math.max(this.#touched, end);
    this.#live.set(array, start);
    return disposable(array as AllocatedArrays[Type], () => this.#release(array));
  }

  /** @throws TypeError when this store did not allocate the array, or has already freed it. */
  free(array: Allocated): void {
    if (!isAllocated(array) || !this.#release(array)) throw notAllocated(array);
  }

  #release(array: Allocated): boolean {
    const start = this.#live.get(array);
    if (start === undefined) return false;
    this.#live.delete(array);
    return this.#source.arena.free(start);
  }
}

export function isAllocated(array: unknown): array is Allocated {
  return isFloat32(array) || isUint16(array) || isInt32(array);
}

export function notAllocated(array: unknown): TypeError {
  return wrongType("array", "an array that this engine allocated and that is not freed yet", array);
}

/** Makes the array work with `using` where the runtime has it. Disposing an array that was already freed does nothing. */
export function disposable<Array extends Allocated>(array: Array, free: () => void): Array & Disposable {
  if (typeof Symbol.dispose === "symbol")
    Object.defineProperty(array, Symbol.dispose, { __proto__: null, value: free } as PropertyDescriptor);
  return array as Array & Disposable;
}

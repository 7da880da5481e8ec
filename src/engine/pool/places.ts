/** Where a job's arrays are, as plain data from which a worker creates the same views. */
import { halfArray, isHalf } from "../../half.js";
import { elementsBefore } from "../../memory/tiles.js";
import { isFloat32, isFloat64, isInt32 } from "../../values.js";
import type { JobArray, Use } from "../kind.js";
import type { RowSpan } from "../tiles/run-rows.js";

export type ElementType = "float32" | "float64" | "float16" | "bfloat16" | "int32" | "uint8";

const BYTES: Readonly<Record<ElementType, number>> = { float32: 4, float64: 8, float16: 2, bfloat16: 2, int32: 4, uint8: 1 };

/** `length` elements from byte `at` on, in the engine's memory or in another shared buffer that came by mail. */
export interface Place {
  readonly type: ElementType;
  readonly at: number;
  readonly length: number;
  /** Index of that buffer in the message. */
  readonly buffer?: number;
  /** Windows of `length` elements each, `apart` bytes apart, which parts take in turn. */
  readonly ring?: Ring;
}

export interface Ring {
  readonly slots: number;
  readonly apart: number;
  /** Byte offset of the caller's array. */
  readonly phase: number;
}

/**
 * Offset in bytes of a part in its window: the address modulo 8 of the part's first element, element `start` of the caller's array.
 * V8 copies to and from shared memory byte by byte if the two sides differ modulo 8: 1.15 ns per f32 instead of .21 (Zen 4). Every
 * second row of an odd number of classes would.
 */
export function shiftOf({ phase }: Ring, type: ElementType, start: number): number {
  return (phase + start * BYTES[type]) % 8;
}

export function typeOf(array: JobArray): ElementType {
  if (isHalf(array)) return array.type;
  if (isFloat32(array)) return "float32";
  if (isFloat64(array)) return "float64";
  return isInt32(array) ? "int32" : "uint8";
}

export function elementBytes(type: ElementType): number {
  return BYTES[type];
}

/** The typed array that holds a job's array. */
export function viewOf(array: JobArray): Exclude<JobArray, { words: unknown }> | Uint16Array {
  return isHalf(array) ? array.words : array;
}

/** Creates an array on a buffer. */
export function arrayAt(buffer: ArrayBufferLike, type: ElementType, at: number, length: number): JobArray {
  switch (type) {
    case "float32":
      return new Float32Array(buffer, at, length);
    case "float64":
      return new Float64Array(buffer, at, length);
    case "int32":
      return new Int32Array(buffer, at, length);
    case "uint8":
      return new Uint8Array(buffer, at, length);
    default:
      return halfArray(new Uint16Array(buffer, at, length), type);
  }
}

/** Elements from .. to - 1 of an array. */
export function slice(array: JobArray, from: number, to: number): JobArray {
  return isHalf(array) ? halfArray(array.words.subarray(from, to), array.type) : array.subarray(from, to);
}

/** The elements of rows from .. to - 1; the last row of an array may end with its classes. */
export function elementsOf({ rows }: Use, { from, to }: RowSpan, length: number): [number, number] {
  if (!rows) return [0, length];
  return [elementsBefore(rows, from), Math.min(length, elementsBefore(rows, to))];
}

import type { ByteSource } from "./byte-source.js";
import {
  type ArrayOf,
  type Dtype,
  elementBytes,
  INTEGER_DTYPES,
  type IntegerDtype,
  isOneOf,
  LOGIT_DTYPES,
  type LogitDtype,
  makeArray,
} from "./dtypes.js";
import { InputError } from "./input-error.js";

/** A tensor as described by a file's header; its dtype may be one that cannot be read. */
export interface TensorEntry {
  readonly file: ByteSource;
  /** A .npy names no tensor: here it is called as its file. */
  readonly name: string;
  readonly isNamedByFile?: true;
  /** The source holds only this tensor: a .npy, or an array of a .npz, whose path names it. */
  readonly isAlone?: true;
  /** A safetensors name: F32, I64, ... */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Shapes of the tensors that were joined to this one; undefined for a tensor of one file. */
  readonly joined?: readonly (readonly number[])[];
  /** Position of the tensor's first byte in the file. */
  readonly byteOffset: number;
  /** Present for llama.cpp's rows, which hold log-probabilities as they were stored, and not logits. */
  readonly stored?: StoredRowsInfo;
}

/** What a file of llama.cpp says of its rows. */
export interface StoredRowsInfo {
  readonly contextLength: number;
  readonly classes: number;
  readonly chunks: number;
  /** The token that each row predicts. */
  readonly targets: TensorEntry;
  /** The least log-probability of a row that was read, which stands for all below it; NaN in a row that keeps them all. */
  floorOf(row: number): number;
}

/** @returns the tensor's name in errors: the file, and the tensor if the file can contain several */
export function labelOf(entry: TensorEntry): string {
  return entry.isAlone ? entry.file.path : `${entry.file.path}: tensor ${JSON.stringify(entry.name)}`;
}

/** The most dimensions of a tensor: numpy's and PyTorch's limit. */
export const MOST_DIMENSIONS = 64;

/** @returns the number of elements; inexact above 2^53, which no file reaches */
export function elementCount(shape: readonly number[]): number {
  // a product may be infinite before its 0
  return shape.includes(0) ? 0 : shape.reduce((product, size) => product * size, 1);
}

/** A typed array on any buffer. */
type NumberArray = ArrayBufferView & { readonly length: number };

/** A tensor in a file, read by ranges. Elements stay in memory only if the caller keeps them. */
export class Tensor<D extends Dtype = Dtype> {
  readonly entry: TensorEntry;
  readonly dtype: D;
  readonly shape: readonly number[];
  /** Total number of elements. */
  readonly length: number;
  /** Elements per row: the last dimension; 1 for a tensor of one dimension. */
  readonly columns: number;
  /** Rows: the product of all dimensions but the last; the length for a tensor of one dimension. */
  readonly rows: number;
  /** Bytes per element. */
  readonly elementBytes: number;

  constructor(entry: TensorEntry, dtype: D) {
    const { shape } = entry;
    this.entry = entry;
    this.dtype = dtype;
    this.shape = shape;
    this.length = elementCount(shape);
    this.columns = shape.length < 2 ? 1 : (shape[shape.length - 1] ?? 1);
    this.rows = shape.length < 2 ? this.length : elementCount(shape.slice(0, -1));
    this.elementBytes = elementBytes(dtype) ?? 0;
  }

  get name(): string {
    return this.entry.name;
  }

  get label(): string {
    return labelOf(this.entry);
  }

  /** Reads `out.length` elements from `first` on, in row-major order. */
  readInto(out: ArrayOf<D>, first: number): void {
    this.entry.file.readInto(bytesOf(out), this.#positionOf(out, first));
  }

  /** Like `readInto`, but asynchronous; `out` may be shared memory and any typed array of the same element size. */
  async fill(out: NumberArray, first: number): Promise<void> {
    await this.entry.file.fill(bytesOf(out), this.#positionOf(out, first));
  }

  /** @returns elements [from, to) in row-major order, as a new array */
  readElements(from: number, to: number): ArrayOf<D> {
    const out = makeArray(this.dtype, to - from);
    this.readInto(out, from);
    return out;
  }

  /** @returns rows [from, to), as a new array of (to - from) x columns elements */
  readRows(from: number, to: number): ArrayOf<D> {
    return this.readElements(from * this.columns, to * this.columns);
  }

  /** @returns all elements, as a new array: for small tensors */
  readAll(): ArrayOf<D> {
    return this.readElements(0, this.length);
  }

  #positionOf(out: NumberArray, first: number): number {
    if (first < 0 || first + out.length > this.length) {
      throw new RangeError(`${this.label}: expected elements within 0..${this.length}, got ${first}+${out.length}`);
    }
    return this.entry.byteOffset + first * this.elementBytes;
  }
}

function bytesOf(out: NumberArray): Uint8Array {
  return new Uint8Array(out.buffer, out.byteOffset, out.byteLength);
}

/**
 * Opens an entry as logits.
 * @param role name of the tensor's role in the error: "logits"
 * @throws InputError when the dtype is not a float type that can be read
 */
export function asLogits(entry: TensorEntry, role: string): Tensor<LogitDtype> {
  if (isOneOf(entry.dtype, LOGIT_DTYPES)) return new Tensor(entry, entry.dtype);
  throw wrongDtype(entry, role, LOGIT_DTYPES, "float32");
}

/**
 * Opens an entry as integers.
 * @param role name of the tensor's role in the error: "targets"
 * @throws InputError when the dtype is not an integer type
 */
export function asIntegers(entry: TensorEntry, role: string): Tensor<IntegerDtype> {
  if (isOneOf(entry.dtype, INTEGER_DTYPES)) return new Tensor(entry, entry.dtype);
  throw wrongDtype(entry, role, INTEGER_DTYPES, "int32");
}

/**
 * Opens an entry as numbers that are 0 or not: integers or booleans.
 * @throws InputError when the dtype is neither
 */
export function asFlags(entry: TensorEntry, role: string): Tensor<IntegerDtype> {
  return asIntegers(entry.dtype === "BOOL" ? { ...entry, dtype: "U8" } : entry, role);
}

function wrongDtype(entry: TensorEntry, role: string, allowed: readonly Dtype[], numpy: string): InputError {
  return new InputError(
    `${labelOf(entry)}: ${role} of dtype ${entry.dtype} cannot be read; ` +
      `expected ${allowed.join(", ")}: convert with a.astype(np.${numpy})`,
  );
}

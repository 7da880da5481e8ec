/**
 * The element types of tensor files, by their safetensors names, with the typed array for each. File bytes go into the array
 * unchanged: they are little-endian, like every machine that runs WebAssembly engines today.
 */
const READERS = {
  F32: (buffer: ArrayBuffer) => new Float32Array(buffer),
  F64: (buffer: ArrayBuffer) => new Float64Array(buffer),
  // as 16-bit words
  F16: (buffer: ArrayBuffer) => new Uint16Array(buffer),
  BF16: (buffer: ArrayBuffer) => new Uint16Array(buffer),
  I8: (buffer: ArrayBuffer) => new Int8Array(buffer),
  U8: (buffer: ArrayBuffer) => new Uint8Array(buffer),
  I16: (buffer: ArrayBuffer) => new Int16Array(buffer),
  U16: (buffer: ArrayBuffer) => new Uint16Array(buffer),
  I32: (buffer: ArrayBuffer) => new Int32Array(buffer),
  U32: (buffer: ArrayBuffer) => new Uint32Array(buffer),
  I64: (buffer: ArrayBuffer) => new BigInt64Array(buffer),
  U64: (buffer: ArrayBuffer) => new BigUint64Array(buffer),
} as const;

/** The readable types. A file may contain tensors of other types too. */
export type Dtype = keyof typeof READERS;

/** The typed array of a dtype. */
export type ArrayOf<D extends Dtype> = ReturnType<(typeof READERS)[D]>;

/** The types of logits. */
export const LOGIT_DTYPES = ["F32", "F64", "F16", "BF16"] as const;
export type LogitDtype = (typeof LOGIT_DTYPES)[number];

/** The types of targets and byte counts. */
export const INTEGER_DTYPES = ["I8", "U8", "I16", "U16", "I32", "U32", "I64", "U64"] as const;
export type IntegerDtype = (typeof INTEGER_DTYPES)[number];

/** Bytes per element. Includes types that cannot be read, so that a file with such tensors can still be checked. */
const ELEMENT_BYTES: Readonly<Record<string, number>> = {
  ...{ F64: 8, I64: 8, U64: 8, C64: 8 },
  ...{ F32: 4, I32: 4, U32: 4 },
  ...{ F16: 2, BF16: 2, I16: 2, U16: 2 },
  ...{ I8: 1, U8: 1, BOOL: 1, F8_E4M3: 1, F8_E5M2: 1, F8_E8M0: 1 },
  ...{ F4: 0.5, F6_E2M3: 0.75, F6_E3M2: 0.75 },
};

/** @returns the bytes per element, or undefined for an unknown type */
export function elementBytes(dtype: string): number | undefined {
  return Object.hasOwn(ELEMENT_BYTES, dtype) ? ELEMENT_BYTES[dtype] : undefined;
}

/** @returns whether `dtype` is one of `allowed` */
export function isOneOf<D extends Dtype>(dtype: string, allowed: readonly D[]): dtype is D {
  return (allowed as readonly string[]).includes(dtype);
}

/** @returns a new typed array of `length` elements, all 0 */
export function makeArray<D extends Dtype>(dtype: D, length: number): ArrayOf<D> {
  return READERS[dtype](new ArrayBuffer(length * (elementBytes(dtype) ?? 0))) as ArrayOf<D>;
}

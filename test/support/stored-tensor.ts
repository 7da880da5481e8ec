/** Tensors as stored in the conformance files: base64 of little-endian, row-major data. */
export interface StoredTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: string;
}

/** A `Uint16Array` holds the words of float16 or bfloat16. */
export type StoredData = Float32Array | Float64Array | BigInt64Array | Int32Array | Uint8Array | Uint16Array;

/** Bytes by their base64: every backend and form of input decodes the same tensors, which takes longer than the calls. */
const decoded = new Map<string, Uint8Array<ArrayBuffer>>();

function decodeBytes(base64: string): Uint8Array<ArrayBuffer> {
  let bytes = decoded.get(base64);
  if (bytes === undefined) {
    // not Buffer, which browsers do not have
    bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    decoded.set(base64, bytes);
  }
  return bytes;
}

/** The data in its own precision, 16-bit floats as words. A new array in every call. */
export function decodeTensor(tensor: StoredTensor): StoredData {
  const { buffer } = decodeBytes(tensor.data).slice();
  switch (tensor.dtype) {
    case "float32":
      return new Float32Array(buffer);
    case "float64":
      return new Float64Array(buffer);
    case "float16":
    case "bfloat16":
      return new Uint16Array(buffer);
    case "int64":
      return new BigInt64Array(buffer);
    case "int32":
      return new Int32Array(buffer);
    case "uint8":
      return new Uint8Array(buffer);
    default:
      throw new TypeError(`dtype: expected float16, bfloat16, float32, float64, int64, int32 or uint8, got ${tensor.dtype}`);
  }
}

/** The data as numbers; class indices are far below 2^53. */
export function decodeNumbers(tensor: StoredTensor): Float64Array {
  const data = decodeTensor(tensor);
  switch (tensor.dtype) {
    case "float16":
      return Float64Array.from(data as Uint16Array, float16ToNumber);
    case "bfloat16":
      return Float64Array.from(data as Uint16Array, (word) => float32OfBits(word << 16));
    default:
      return data instanceof BigInt64Array ? Float64Array.from(data, Number) : new Float64Array(data);
  }
}

/**
 * Decodes through the bits of a float32, independently of the package's own formula. Exponent and fraction bits, shifted to their
 * positions in a float32, give the value times 2^-112, also for subnormals.
 */
export function float16ToNumber(word: number): number {
  const magnitude = word & 0x7fff;
  const bits = (word & 0x8000) << 16;
  if (magnitude < 0x7c00) return float32OfBits(bits | (magnitude << 13)) * 2 ** 112;
  return float32OfBits(bits | 0x7f800000 | ((magnitude & 0x3ff) << 13));
}

function float32OfBits(bits: number): number {
  return new Float32Array(Int32Array.of(bits).buffer)[0];
}

/**
 * Merges adjacent axes of a shape into one and returns the new shape and axis, so that a function of a single axis can reduce
 * over several: [2, 3, 4] over (1, 2) becomes [2, 12] over 1. A scalar becomes a vector of one element. Row-major data needs no
 * change; axes that are not adjacent would need a permutation, which no stored case has.
 */
export function mergeAxes(
  shape: readonly number[],
  axes: readonly number[],
): { readonly shape: readonly number[]; readonly axis: number } {
  if (shape.length === 0) return { shape: [1], axis: 0 };
  const sorted = axes.map((axis) => (axis < 0 ? shape.length + axis : axis)).sort((a, b) => a - b);
  const first = sorted[0];
  if (sorted.some((axis, i) => axis !== first + i)) {
    throw new RangeError(`axes: expected neighbours, got ${axes.join(", ")}`);
  }
  const end = first + sorted.length;
  const merged = shape.slice(first, end).reduce((product, size) => product * size, 1);
  return { shape: [...shape.slice(0, first), merged, ...shape.slice(end)], axis: first };
}

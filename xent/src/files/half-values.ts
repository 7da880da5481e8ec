import type { LogitDtype } from "./dtypes.js";

type Stored = Float32Array | Float64Array | Uint16Array;

const tables = new Map<"F16" | "BF16", Float32Array>();

/** @returns stored elements as numbers; 16-bit floats by a table */
export function numbersOf(dtype: LogitDtype, stored: Stored): Float32Array | Float64Array {
  if (dtype !== "F16" && dtype !== "BF16") return stored as Float32Array | Float64Array;
  const table = tables.get(dtype) ?? tableOf(dtype);
  tables.set(dtype, table);
  return Float32Array.from(stored as Uint16Array, (word) => table[word] as number);
}

/** The value of each 16-bit word. */
function tableOf(dtype: "F16" | "BF16"): Float32Array {
  if (dtype === "BF16") return new Float32Array(Uint32Array.from({ length: 65_536 }, (_, word) => word * 65_536).buffer);
  return Float32Array.from({ length: 65_536 }, (_, word) => {
    const sign = word >= 0x8000 ? -1 : 1;
    const [exponent, fraction] = [(word >> 10) & 31, word & 1023];
    if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
}

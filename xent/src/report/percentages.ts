import type { Percentiles } from "wasm-cross-entropy";

/** The percentiles of a comparison, from the greatest to the least. */
export const PERCENTAGES = [
  ...(["99.9", "99", "95", "90", "75"] as const),
  ...(["25", "10", "5", "1", "0.1"] as const),
] as const satisfies readonly (keyof Percentiles)[];

import type { Written } from "./types.js";

/** Wraps an array of this process. */
export function writtenTo(array: Float32Array): Written {
  return {
    read: () => array,
    clear: () => {
      array.fill(Number.NaN);
    },
  };
}

/**
 * @param {Float32Array} array of this process
 * @returns {import("./types.mjs").Written}
 */
export function writtenTo(array) {
  return {
    read: () => array,
    clear: () => {
      array.fill(Number.NaN);
    },
  };
}

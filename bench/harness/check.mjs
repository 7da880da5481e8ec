/** No figure without a right result: each contender is held against the f64 reference on the input that it is timed on. */

/** @param {number} got @param {number} expected */
function errorOf(got, expected) {
  return Math.abs(got - expected) / Math.max(1, Math.abs(expected));
}

/**
 * @param {string} label of the contender
 * @param {ArrayLike<number>} rows its losses
 * @param {import("./types.mjs").Expected} expected
 * @param {number} bound
 * @returns {number} the worst row error: |loss - reference| / max(1, |reference|)
 * @throws {Error} when it is above the bound, or a row is NaN
 */
export function checkRows(label, rows, expected, bound) {
  if (rows.length !== expected.rows.length) {
    throw new Error(`${label}: expected ${expected.rows.length} row losses, got ${rows.length}`);
  }
  let worst = 0;
  for (let row = 0; row < rows.length; row++) {
    const error = errorOf(rows[row], expected.rows[row]);
    // written so that NaN fails too
    if (!(error <= bound)) {
      throw new Error(
        `${label}: row ${row} is off by ${error.toExponential(2)}, more than its bound ${bound}: ` +
          `expected ${expected.rows[row]}, got ${rows[row]}`,
      );
    }
    worst = Math.max(worst, error);
  }
  return worst;
}

/**
 * @param {string} label
 * @param {number} value what the timed call returned
 * @param {import("./types.mjs").Expected} expected
 * @param {number} bound
 * @throws {Error} when it is off by more than the bound
 */
export function checkValue(label, value, expected, bound) {
  const error = errorOf(value, expected.value);
  if (!(error <= bound)) {
    throw new Error(`${label}: the timed call returned ${value}, expected ${expected.value} within ${bound}`);
  }
}

/** Matrix products of flat, row-major Float32Arrays, in plain JavaScript. */

/**
 * out = a bᵀ. Both factors are read along their rows.
 *
 * Blocks of 4 x 2 results share their loads: 8 products per 6 numbers read. The sums are f64, which is more accurate and nearly
 * twice as fast as rounding each step with Math.fround.
 *
 * @param {Float32Array} a [m, k], m a multiple of 4
 * @param {Float32Array} b [n, k], n a multiple of 2
 * @param {Float32Array} out [m, n]
 * @param {number} m
 * @param {number} n
 * @param {number} k
 */
export function timesTransposed(a, b, out, m, n, k) {
  for (let i = 0; i < m; i += 4) {
    const a0 = i * k;
    const a1 = a0 + k;
    const a2 = a1 + k;
    const a3 = a2 + k;
    for (let j = 0; j < n; j += 2) {
      const b0 = j * k;
      const b1 = b0 + k;
      let s00 = 0;
      let s01 = 0;
      let s10 = 0;
      let s11 = 0;
      let s20 = 0;
      let s21 = 0;
      let s30 = 0;
      let s31 = 0;
      for (let p = 0; p < k; p++) {
        const y0 = b[b0 + p];
        const y1 = b[b1 + p];
        const x0 = a[a0 + p];
        s00 += x0 * y0;
        s01 += x0 * y1;
        const x1 = a[a1 + p];
        s10 += x1 * y0;
        s11 += x1 * y1;
        const x2 = a[a2 + p];
        s20 += x2 * y0;
        s21 += x2 * y1;
        const x3 = a[a3 + p];
        s30 += x3 * y0;
        s31 += x3 * y1;
      }
      const c0 = i * n + j;
      const c1 = c0 + n;
      const c2 = c1 + n;
      const c3 = c2 + n;
      out[c0] = s00;
      out[c0 + 1] = s01;
      out[c1] = s10;
      out[c1 + 1] = s11;
      out[c2] = s20;
      out[c2 + 1] = s21;
      out[c3] = s30;
      out[c3 + 1] = s31;
    }
  }
}

/**
 * out = aᵀ
 *
 * @param {Float32Array} a [rows, columns]
 * @param {Float32Array} out [columns, rows]
 * @param {number} rows
 * @param {number} columns
 */
export function transpose(a, out, rows, columns) {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) out[j * rows + i] = a[i * columns + j];
  }
}

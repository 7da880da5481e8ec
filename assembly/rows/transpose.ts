/**
 * Transpose of a panel: out[c, r] = panel[r, c]. It turns a class axis that is not the last into rows, and back.
 *
 * Reads rows x cols f32 at `stride`, writes cols x rows at `outStride`; the two must not overlap. 4 x 4 tiles in registers,
 * single elements at the edges. Tests: test/kernels/transpose.test.ts.
 */
import { ELEMENT } from "../math/lanes";

/** f32 out[c, r] = panel[r, c]; the two must not overlap. */
export function transpose(panel: usize, rows: i32, cols: i32, stride: i32, out: usize, outStride: i32): void {
  const rowBytes = <usize>stride * ELEMENT;
  const outBytes = <usize>outStride * ELEMENT;
  const wholeRows = rows & ~3;
  const wholeCols = cols & ~3;
  for (let r = 0; r < wholeRows; r += 4) {
    let from = panel + <usize>r * rowBytes;
    let to = out + <usize>r * ELEMENT;
    for (let c = 0; c < wholeCols; c += 4) {
      const x0 = v128.load(from);
      const x1 = v128.load(from + rowBytes);
      const x2 = v128.load(from + 2 * rowBytes);
      const x3 = v128.load(from + 3 * rowBytes);
      const a = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5);
      const b = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7);
      const d = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5);
      const e = v128.shuffle<f32>(x2, x3, 2, 6, 3, 7);
      v128.store(to, v128.shuffle<f32>(a, d, 0, 1, 4, 5));
      v128.store(to + outBytes, v128.shuffle<f32>(a, d, 2, 3, 6, 7));
      v128.store(to + 2 * outBytes, v128.shuffle<f32>(b, e, 0, 1, 4, 5));
      v128.store(to + 3 * outBytes, v128.shuffle<f32>(b, e, 2, 3, 6, 7));
      from += 16;
      to += 4 * outBytes;
    }
  }
  copyEdge(panel, 0, wholeRows, wholeCols, cols, rowBytes, out, outBytes);
  copyEdge(panel, wholeRows, rows, 0, cols, rowBytes, out, outBytes);
}

function copyEdge(
  panel: usize, firstRow: i32, endRow: i32, firstCol: i32, endCol: i32, rowBytes: usize, out: usize, outBytes: usize,
): void {
  for (let r = firstRow; r < endRow; r++) {
    for (let c = firstCol; c < endCol; c++) {
      const value = load<f32>(panel + <usize>r * rowBytes + <usize>c * ELEMENT);
      store<f32>(out + <usize>c * outBytes + <usize>r * ELEMENT, value);
    }
  }
}

/** transpose: out[c, r] = panel[r, c]. */
import { describe, expect, it } from "vitest";
import { expectSameBits, KernelMemory, variants } from "../support/kernel-memory.js";

/** All small sizes, and a few larger ones at and next to multiples of the 4 x 4 tile. */
const SMALL = Array.from({ length: 10 }, (_, i) => i);
const SIZES: readonly (readonly [number, number])[] = [
  ...SMALL.flatMap((rows) => SMALL.map((cols) => [rows, cols] as const)),
  [1, 100],
  [100, 1],
  [33, 65],
  [64, 64],
  [127, 20],
];

describe.each(variants)("transpose, %s build", (variant) => {
  const memory = new KernelMemory(variant, 2 * 65536);

  it.each([
    [0, 0],
    [1, 0],
    [0, 1],
    [5, 3],
  ])("moves every element and touches no other (strides %i and %i longer than rows)", (padding, outPadding) => {
    for (const [rows, cols] of SIZES) {
      const stride = cols + padding;
      const outStride = rows + outPadding;
      memory.clear();
      const panel = memory.float32(Float32Array.from({ length: rows * stride }, (_, i) => i + 1));
      const out = memory.float32(new Float32Array(cols * outStride).fill(-7));
      memory.expectWritesOnly([{ array: out, slack: 0 }], () => {
        memory.kernels.transpose(panel.byteOffset, rows, cols, stride, out.byteOffset, outStride);
      });
      const expected = new Float32Array(cols * outStride).fill(-7);
      for (let r = 0; r < rows; r++) {
        for (let c = 0; c < cols; c++) expected[c * outStride + r] = panel[r * stride + c];
      }
      expectSameBits(out, expected, `${rows} x ${cols}`);
    }
  });

  it("is its own inverse and keeps the bits of NaN, infinities and -0", () => {
    const values = Float32Array.from({ length: 35 }, (_, i) => [Number.NaN, Infinity, -Infinity, -0, i][i % 5]);
    // a NaN with a payload
    new Uint32Array(values.buffer)[0] = 0x7fc12345;
    memory.clear();
    const panel = memory.float32(new Float32Array(35));
    new Uint32Array(panel.buffer, panel.byteOffset, 35).set(new Uint32Array(values.buffer));
    const turned = memory.float32(new Float32Array(35));
    const back = memory.float32(new Float32Array(35));
    memory.kernels.transpose(panel.byteOffset, 5, 7, 7, turned.byteOffset, 5);
    memory.kernels.transpose(turned.byteOffset, 7, 5, 5, back.byteOffset, 7);
    expectSameBits(back, values);
  });

  it("reads and writes nothing past the last element", () => {
    for (const [rows, cols] of SIZES) {
      if (rows * cols === 0) continue;
      memory.clear();
      const panel = memory.float32AtEnd(new Float32Array(rows * cols).fill(1), 0);
      const out = memory.float32(new Float32Array(rows * cols));
      memory.kernels.transpose(panel.byteOffset, rows, cols, cols, out.byteOffset, rows);
      // and with the result at the end of the memory
      memory.kernels.transpose(out.byteOffset, cols, rows, rows, panel.byteOffset, cols);
      expect(panel.every((x) => x === 1)).toBe(true);
    }
  });
});

/** The kernels of linear cross-entropy: their formulas, their edges, and that they write only what they say. */
import { describe, expect, it } from "vitest";
import { expectClose } from "../support/expect-close.js";
import { expectSameBits, KernelMemory, normalLogits, randomFrom, variants } from "../support/kernel-memory.js";

const NEAR = { atol: 6e-5, rtol: 1e-5 };
/** Around the tiles of two rows, and of four and six rows or classes. */
const SIZES = [1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 25];
/** Around the strips, and the chunks of 1024. */
const WIDTHS = [8, 16, 24, 1024, 1032];

function normals(count: number, seed: number): Float32Array {
  return normalLogits(count, 1, randomFrom(seed));
}

describe.each(variants)("kernels of linear cross-entropy, %s build", (variant) => {
  const memory = new KernelMemory(variant, 16 * 65536);
  const { kernels } = memory;

  it("linearLogits: products of rows and classes, whatever the tile", () => {
    for (const width of WIDTHS) {
      for (const [i, rows] of SIZES.entries()) {
        memory.clear();
        const classes = SIZES[(i * 5 + 3) % SIZES.length] as number;
        const hidden = memory.float32(normals(rows * width, rows));
        const weight = memory.float32(normals(classes * width, 100 + classes));
        const stride = classes + 5;
        const out = memory.float32(new Float32Array(rows * stride));
        memory.expectWritesOnly([{ array: out, slack: 0 }], () => {
          kernels.linearLogits(hidden.byteOffset, rows, weight.byteOffset, classes, width, out.byteOffset, stride);
        });
        const [got, expected] = [new Float32Array(rows * classes), new Float64Array(rows * classes)];
        for (let r = 0; r < rows; r++) {
          for (let c = 0; c < classes; c++) {
            got[r * classes + c] = out[r * stride + c];
            expected[r * classes + c] = dot(hidden, r * width, weight, c * width, width);
          }
        }
        expectClose(got, expected, NEAR, `${rows} x ${classes}, width ${width}`);
      }
    }
  });

  it("linearLogits: a logit has the same bits alone as among others", () => {
    const [rows, classes, width] = [7, 13, 1032];
    memory.clear();
    const hidden = memory.float32(normals(rows * width, 1));
    const weight = memory.float32(normals(classes * width, 2));
    const stride = classes + 5;
    const all = memory.float32(new Float32Array(rows * stride));
    const one = memory.float32(new Float32Array(8));
    kernels.linearLogits(hidden.byteOffset, rows, weight.byteOffset, classes, width, all.byteOffset, stride);
    const alone = all.map((_, i) => {
      const [r, c] = [Math.floor(i / stride), i % stride];
      if (c >= classes) return all[i];
      kernels.linearLogits(hidden.byteOffset + r * width * 4, 1, weight.byteOffset + c * width * 4, 1, width, one.byteOffset, 8);
      return one[0];
    });
    expectSameBits(alone, all);
  });

  it("the gradients add one sum per call to what is there, from packed strips", () => {
    for (const width of [8, 24]) {
      for (const [i, rows] of SIZES.entries()) {
        memory.clear();
        const classes = SIZES[(i * 7 + 2) % SIZES.length] as number;
        const stride = classes + 3;
        const gradient = memory.float32(normals(rows * stride, rows));
        const hidden = memory.float32(normals(rows * width, 2));
        const weight = memory.float32(normals(classes * width, 3));
        const strips = memory.float32(new Float32Array(Math.max(rows, classes) * width));
        const before = normals(Math.max(rows, classes) * width, 4);
        const what = `${rows} x ${classes}, width ${width}`;

        kernels.packStrips(weight.byteOffset, classes, width, strips.byteOffset);
        const ofHidden = memory.float32(before.subarray(0, rows * width));
        memory.expectWritesOnly([{ array: ofHidden, slack: 0 }], () => {
          const [g, s, o] = [gradient.byteOffset, strips.byteOffset, ofHidden.byteOffset];
          kernels.hiddenGradient(g, rows, classes, stride, s, width, o, width);
        });
        const hiddenExpected = Float64Array.from(ofHidden, (_, at) => {
          const [r, k] = [Math.floor(at / width), at % width];
          return sumOf(classes, (c) => gradient[r * stride + c] * weight[c * width + k]) + before[at];
        });
        expectClose(ofHidden, hiddenExpected, NEAR, `hidden ${what}`);

        kernels.packStrips(hidden.byteOffset, rows, width, strips.byteOffset);
        const ofWeight = memory.float32(before.subarray(0, classes * width));
        memory.expectWritesOnly([{ array: ofWeight, slack: 0 }], () => {
          const [g, s, o] = [gradient.byteOffset, strips.byteOffset, ofWeight.byteOffset];
          kernels.linearWeightGradient(g, rows, classes, stride, s, width, o, width);
        });
        const weightExpected = Float64Array.from(ofWeight, (_, at) => {
          const [c, k] = [Math.floor(at / width), at % width];
          return sumOf(rows, (r) => gradient[r * stride + c] * hidden[r * width + k]) + before[at];
        });
        expectClose(ofWeight, weightExpected, NEAR, `weight ${what}`);

        const ofBias = memory.float32(before.subarray(0, classes));
        memory.expectWritesOnly([{ array: ofBias, slack: 0 }], () => {
          kernels.biasGradient(gradient.byteOffset, rows, classes, stride, ofBias.byteOffset);
        });
        const biasExpected = Float64Array.from(ofBias, (_, c) => sumOf(rows, (r) => gradient[r * stride + c]) + before[c]);
        expectClose(ofBias, biasExpected, NEAR, `bias ${what}`);
      }
    }
  });

  it("addBias and addTimes", () => {
    memory.clear();
    const [rows, classes, stride] = [3, 6, 9];
    const before = normals(rows * stride, 1);
    const logits = memory.float32(before);
    const bias = memory.float32(normals(8, 2));
    kernels.addBias(logits.byteOffset, rows, classes, stride, bias.byteOffset);
    for (let r = 0; r < rows; r++) {
      const row = logits.subarray(r * stride, r * stride + classes);
      expectSameBits(
        row,
        row.map((_, c) => before[r * stride + c] + bias[c]),
      );
    }
    const out = memory.float32(before.subarray(0, 8));
    memory.expectWritesOnly([{ array: out, slack: 0 }], () => {
      kernels.addTimes(bias.byteOffset, 8, -0.5, out.byteOffset);
    });
    expectSameBits(
      out,
      out.map((_, k) => before[k] + bias[k] * -0.5),
    );
  });

  it("dequantizeInt8: a scale per row, or per block of 32", () => {
    for (const [width, blockSize] of [
      [5, 5],
      [32, 32],
      [40, 32],
      [67, 32],
      [67, 67],
    ] as const) {
      memory.clear();
      const rows = 3;
      const data = Int8Array.from({ length: rows * width }, (_, i) => ((i * 37) % 256) - 128);
      const blocks = Math.ceil(width / blockSize);
      const scales = memory.float32(normals(rows * blocks, width));
      const codes = bytesIn(memory, new Uint8Array(data.buffer));
      const padded = Math.ceil(width / 8) * 8;
      const out = memory.float32(new Float32Array(rows * padded));
      memory.expectWritesOnly([{ array: out, slack: 0 }], () => {
        kernels.dequantizeInt8(codes, rows, width, scales.byteOffset, blockSize, out.byteOffset);
      });
      expectRows(out, rows, width, (r, k) => scales[r * blocks + Math.floor(k / blockSize)] * data[r * width + k]);
    }
  });

  it("dequantizeUint4: codes in pairs, zero points in pairs, whole blocks", () => {
    for (const width of [1, 8, 9, 17, 25, 32, 33, 64, 70, 96]) {
      for (const hasZeroPoints of [false, true]) {
        memory.clear();
        const rows = 3;
        const blocks = Math.ceil(width / 32);
        const data = Uint8Array.from({ length: rows * blocks * 16 }, (_, i) => (i * 89 + 7) % 256);
        const zeroBytes = Math.ceil(blocks / 2);
        const zeros = Uint8Array.from({ length: rows * zeroBytes }, (_, i) => (i * 151 + 90) % 256);
        const scales = memory.float32(normals(rows * blocks, width));
        const [codes, zeroPoints] = [bytesIn(memory, data), hasZeroPoints ? bytesIn(memory, zeros) : 0];
        const padded = Math.ceil(width / 8) * 8;
        const out = memory.float32(new Float32Array(rows * padded));
        memory.expectWritesOnly([{ array: out, slack: 0 }], () => {
          kernels.dequantizeUint4(codes, rows, width, scales.byteOffset, zeroPoints, out.byteOffset);
        });
        const half = (bytes: Uint8Array, at: number, i: number): number =>
          ((bytes[at + (i >> 1)] as number) >> (i % 2 ? 4 : 0)) & 15;
        expectRows(out, rows, width, (r, k) => {
          const block = k >> 5;
          const zero = hasZeroPoints ? half(zeros, r * zeroBytes, block) : 8;
          return scales[r * blocks + block] * (half(data, r * blocks * 16, k) - zero);
        });
      }
    }
  });
});

function sumOf(count: number, term: (index: number) => number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += term(i);
  return sum;
}

function dot(a: Float32Array, i: number, b: Float32Array, j: number, count: number): number {
  return sumOf(count, (k) => a[i + k] * b[j + k]);
}

/** The address of bytes, placed as 16-bit words. */
function bytesIn(memory: KernelMemory, bytes: Uint8Array): number {
  const even = new Uint8Array(Math.ceil(bytes.length / 2) * 2);
  even.set(bytes);
  return memory.uint16(new Uint16Array(even.buffer)).byteOffset;
}

/** Rows rounded up to a multiple of 8: what is behind their elements may be anything. */
function expectRows(out: Float32Array, rows: number, width: number, expected: (row: number, k: number) => number): void {
  const padded = out.length / rows;
  for (let r = 0; r < rows; r++) {
    const row = out.subarray(r * padded, r * padded + width);
    expectSameBits(
      row,
      Float32Array.from(row, (_, k) => expected(r, k)),
      `width ${width}, row ${r}`,
    );
  }
  expect(padded % 8).toBe(0);
}

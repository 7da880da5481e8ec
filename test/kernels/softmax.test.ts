/** softmaxRows and logSoftmaxRows, given the maximum and R of each row. */
import { describe, expect, it } from "vitest";
import { expectClose } from "../support/expect-close.js";
import { expectSameBits, KernelMemory, normalLogits, POISONS, randomFrom, variants } from "../support/kernel-memory.js";

const SIZES = [...Array.from({ length: 20 }, (_, i) => i + 1), 63, 64, 65, 127, 513, 4097];
const ROWS = 3;

interface Call {
  readonly logits: Float32Array;
  readonly rows: number;
  readonly cols: number;
  readonly stride: number;
  readonly outStride: number;
  readonly poison?: number;
}

describe.each(variants)("%s build", (variant) => {
  const memory = new KernelMemory(variant, 3 * 65536);

  const kernels = [
    {
      name: "softmaxRows",
      // the kernel rounds the difference to f32
      exact: (x: number, max: number, rest: number) => Math.exp(Math.fround(x - max)) / (1 + rest),
      // 45.2 ulp from the exp, plus two roundings
      tolerance: { atol: 1e-38, rtol: 47 * 2 ** -23 },
    },
    {
      name: "logSoftmaxRows",
      exact: (x: number, max: number, rest: number) => x - max - Math.log1p(rest),
      tolerance: { atol: 1e-7, rtol: 1.2e-7 },
    },
  ] as const;

  describe.each(kernels)("$name", ({ name, exact, tolerance }) => {
    /** Calls the kernel with the statistics of the rows; writes over the logits when `inPlace`. */
    const run = (call: Call, inPlace = false): { out: Float32Array; max: Float32Array; rest: Float64Array } => {
      const { rows, cols, stride, outStride } = call;
      memory.clear(call.poison);
      const logits = memory.float32(call.logits);
      // columns of whole groups of four rows
      const max = memory.float32(new Float32Array(rows + 3)).subarray(0, rows);
      const rest = memory.float64(new Float64Array(rows + 3)).subarray(0, rows);
      const scratch = memory.expScratch();
      const at = [max.byteOffset, rest.byteOffset, scratch.byteOffset] as const;
      memory.kernels.logSumExpRows(logits.byteOffset, rows, cols, stride, 0, 0, 1, ...at);
      const statistics = { max: max.slice(), rest: rest.slice() };
      if (name === "logSoftmaxRows") memory.kernels.log1pRows(rest.byteOffset, rows, rest.byteOffset);
      const out = inPlace ? logits : memory.float32(new Float32Array(Math.max(0, (rows - 1) * outStride + cols)).fill(-7));
      const written = [
        { array: out, slack: 0 },
        { array: scratch, slack: 0 },
      ];
      memory.expectWritesOnly(written, () => {
        const columns = [max.byteOffset, rest.byteOffset] as const;
        memory.kernels[name](logits.byteOffset, rows, cols, stride, ...columns, out.byteOffset, outStride, scratch.byteOffset);
      });
      return { out: out.slice(), ...statistics };
    };

    it("computes every element for every size, and does not touch padding", () => {
      for (const cols of SIZES) {
        for (const [padding, outPadding] of [
          [0, 0],
          [0, 5],
          [3, 1],
        ] as const) {
          const stride = cols + padding;
          const outStride = cols + outPadding;
          const logits = normalLogits((ROWS - 1) * stride + cols, 8, randomFrom(cols));
          const call = { logits, rows: ROWS, cols, stride, outStride };
          const { out, max, rest } = run(call);
          const expected = out.map((_, i) => {
            const [r, c] = [Math.floor(i / outStride), i % outStride];
            return c < cols ? exact(logits[r * stride + c], max[r], rest[r]) : -7;
          });
          expectClose(out, expected, tolerance, `${cols} columns`);
          for (const poison of Object.values(POISONS)) {
            expectSameBits(run({ ...call, poison }).out, out, `${cols} columns`);
          }
        }
      }
    });

    it("gives the same bits in place, and does not touch padding there either", () => {
      for (const cols of SIZES) {
        for (const padding of [0, 1, 3]) {
          const stride = cols + padding;
          const logits = normalLogits((ROWS - 1) * stride + cols, 3, randomFrom(cols));
          const call = { logits, rows: ROWS, cols, stride, outStride: stride };
          const apart = run(call).out;
          const expected = apart.map((value, i) => (i % stride < cols ? value : logits[i]));
          expectSameBits(run(call, true).out, expected, `${cols} columns`);
        }
      }
    });

    it("gives NaN in the whole row for +inf, NaN or only -inf, and does not affect other rows", () => {
      for (const cols of [1, 3, 4, 7, 70]) {
        for (const special of [
          new Float32Array(cols).fill(Number.NEGATIVE_INFINITY),
          new Float32Array(cols).fill(1, 0, cols).fill(Number.POSITIVE_INFINITY, cols - 1),
          new Float32Array(cols).fill(1, 0, cols).fill(Number.NaN, 0, 1),
        ]) {
          const logits = new Float32Array(3 * cols);
          logits.set(special, cols);
          const { out } = run({ logits, rows: 3, cols, stride: cols, outStride: cols });
          const isNaNAt = Array.from(out, Number.isNaN);
          expect(isNaNAt).toEqual(isNaNAt.map((_, i) => i >= cols && i < 2 * cols));
        }
      }
    });

    it("gives 0 for -inf beside finite logits, and -inf in the logarithm", () => {
      const logits = Float32Array.of(-Infinity, 2, -Infinity, -Infinity, 2);
      const { out } = run({ logits, rows: 1, cols: 5, stride: 5, outStride: 5 });
      const [inside, outside] = name === "softmaxRows" ? [0.5, 0] : [Math.fround(-Math.LN2), -Infinity];
      expect(Array.from(out)).toEqual([outside, inside, outside, outside, inside]);
    });

    it("does nothing for no rows", () => {
      run({ logits: new Float32Array(0), rows: 0, cols: 4, stride: 4, outStride: 4 });
    });

    it("reads at most 28 bytes past a row and writes nothing past it", () => {
      for (const cols of SIZES) {
        memory.clear();
        const logits = memory.float32AtEnd(new Float32Array(cols), 28).byteOffset;
        const max = memory.float32([0]);
        const rest = memory.float64([name === "softmaxRows" ? cols - 1 : Math.log(cols)]);
        const out = memory.float32(new Float32Array(cols));
        const columns = [max.byteOffset, rest.byteOffset] as const;
        const scratch = memory.expScratch().byteOffset;
        memory.kernels[name](logits, 1, cols, cols, ...columns, out.byteOffset, cols, scratch);
        // in place at the end of the memory, where writing a whole vector would trap
        memory.kernels[name](logits, 1, cols, cols, ...columns, logits, cols, scratch);
        const expected = Math.fround(name === "softmaxRows" ? 1 / cols : -Math.log(cols));
        expect(Array.from(out)).toEqual(new Array(cols).fill(cols === 1 && name === "logSoftmaxRows" ? 0 : expected));
      }
    });
  });
});

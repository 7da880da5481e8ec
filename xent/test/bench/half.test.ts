import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeHalves } from "../../../src/reference/half.js";
import { halfTensor } from "../../src/bench/half.js";

test.each(["float16", "bfloat16"] as const)("%s: rounds to the nearest value", (type) => {
  const value = fc.float({ min: -60000, max: 60000, noNaN: true });
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 20 }), (values) => {
      const exact = Float32Array.from(values);
      const tensor = halfTensor(exact, type);
      const decoded = decodeHalves(tensor);
      const neighbours = [-1, 1].map((step) => decodeHalves({ type, data: tensor.data.map((bits) => bits + step) }));
      exact.forEach((x, i) => {
        const off = Math.abs(decoded[i] - x);
        for (const other of neighbours) {
          const gap = Math.abs(other[i] - x);
          if (!Number.isNaN(gap)) expect(off).toBeLessThanOrEqual(gap);
        }
      });
    }),
    { examples: [[[0, -0, 6e-8, 5.9604645e-8, 2.9802322e-8, 1e-10, 6.1e-5, 6.103515625e-5, 1, 1.0009765625, 1.00048828125]]] },
  );
});

test("ties round to even", () => {
  const ties = { float16: 2 ** -11, bfloat16: 2 ** -8 };
  expect([...halfTensor(Float32Array.of(1 + ties.float16, 1 + 3 * ties.float16), "float16").data]).toEqual([0x3c00, 0x3c02]);
  expect([...halfTensor(Float32Array.of(1 + ties.bfloat16, 1 + 3 * ties.bfloat16), "bfloat16").data]).toEqual([0x3f80, 0x3f82]);
});

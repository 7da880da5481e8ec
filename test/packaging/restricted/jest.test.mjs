// Jest runs tests in a vm context. What Node itself and native add-ons make comes from outside of it.

import { deserialize, serialize } from "node:v8";
import { expect, test } from "@jest/globals";
import { crossEntropy, softmax } from "wasm-cross-entropy";

const outside = (array) => deserialize(serialize(array));

test("arrays from outside the sandbox are what they are", () => {
  const logits = outside(Float32Array.of(2, 1, 0.5, 0.5, 2.5, 1));
  expect(logits instanceof Float32Array).toBe(false);
  expect(crossEntropy(logits, outside(BigInt64Array.of(0n, 1n)))).toBeCloseTo(0.3853622, 6);
  expect(crossEntropy(logits, outside(Float32Array.of(1, 0, 0, 0, 1, 0)), { shape: [2, 3] })).toBeCloseTo(0.3853622, 6);
  const out = outside(new Float32Array(6));
  expect(softmax(logits, { shape: [2, 3], out })).toBe(out);
});

/** Jobs as text: numbers come back as they were. */
import { expect, it } from "vitest";
import { fromBytes, toBytes } from "../../src/engine/pool/messages.js";

it("keeps every number, those too that JSON has no word for, and strings that look like them", () => {
  const value = {
    numbers: [0, -0, 1 / 3, 5e-324, -1.7976931348623157e308, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    texts: ["number:", "number:1", "NaN"],
    nothing: null,
    nested: { lossScale: Number.NaN },
  };
  const bytes = toBytes(value);
  const shared = new SharedArrayBuffer(bytes.length + 5);
  new Uint8Array(shared, 5).set(bytes);
  expect(fromBytes(shared, 5, bytes.length)).toStrictEqual(value);
});

it("refuses an array that the job's kind has left where it was", () => {
  const job = { out: { losses: new Float32Array(3) } };
  expect(() => toBytes({ kind: "softmax", job })).toThrow("the arrays of a job's kind leave out losses");
});

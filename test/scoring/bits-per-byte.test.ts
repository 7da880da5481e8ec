import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bitsPerByte } from "../../src/scoring/bits-per-byte.js";
import { passage } from "./f64-losses.js";

/** An error class. */
type Refusal = new (message: string) => Error;

describe("totals", () => {
  test("nats / (ln 2 x bytes), never nats x bytes", () => {
    expect(bitsPerByte({ nats: 1004.4331868217507, bytes: 696 })).toBe(2.0820269792126975);
    expect(bitsPerByte({ nats: Math.LN2, bytes: 4 })).toBe(0.25);
  });

  test("0 bytes give Infinity", () => {
    expect(bitsPerByte({ nats: 3, bytes: 0 })).toBe(Number.POSITIVE_INFINITY);
    expect(bitsPerByte({ nats: 0, bytes: 0 })).toBe(Number.POSITIVE_INFINITY);
    expect(bitsPerByte({ nats: [], bytes: [] })).toBe(Number.POSITIVE_INFINITY);
    expect(bitsPerByte({ nats: [1, 2], bytes: [0, 0] })).toBe(Number.POSITIVE_INFINITY);
    expect(bitsPerByte({ nats: [1], targets: [-1], tokenBytes: [] })).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("token tables", () => {
  test("tokens of 0 bytes count neither nats nor bytes, even if their loss is NaN", () => {
    expect(bitsPerByte({ nats: [Math.LN2, 9, Math.LN2], bytes: [1, 0, 3] })).toBe(0.5);
    expect(bitsPerByte({ nats: [Math.LN2, Number.NaN, Math.LN2], bytes: [1, 0, 3] })).toBe(0.5);
  });

  test("bytes from the table; negative and ignored ids count as 0 bytes", () => {
    const tokenBytes = [0, 3, 1];
    const nats = [Math.LN2, 9, Math.LN2];
    expect(bitsPerByte({ nats, targets: [2, 0, 1], tokenBytes })).toBe(0.5);
    expect(bitsPerByte({ nats, targets: [2, -100, 1], tokenBytes })).toBe(0.5);
    expect(bitsPerByte({ nats, targets: [2, 50, 1], tokenBytes, ignoreIndex: 50 })).toBe(0.5);
    expect(bitsPerByte({ nats, targets: [1, 2, 1], tokenBytes, ignoreIndex: 2 })).toBeCloseTo(2 / 6, 14);
  });

  test("any integer array and tensor objects", () => {
    const nats = Float32Array.of(1, 2);
    const expected = 3 / (Math.LN2 * 5);
    expect(bitsPerByte({ nats, bytes: Uint8Array.of(2, 3) })).toBe(expected);
    expect(bitsPerByte({ nats, bytes: BigInt64Array.of(2n, 3n) })).toBe(expected);
    const targets = { data: BigInt64Array.of(1n, 0n), dims: [1, 2], type: "int64" };
    const tokenBytes = { data: Int32Array.of(3, 2), shape: [2] };
    expect(bitsPerByte({ nats, targets, tokenBytes })).toBe(expected);
  });

  test("the shipped passages agree with independently computed totals", () => {
    for (const name of ["devil", "widget"] as const) {
      const { nats, bytes, targets, tokenBytes, expected } = passage(name);
      const wanted = expected["bits_per_byte"];
      expect(Math.abs(bitsPerByte({ nats, bytes }) / wanted - 1)).toBeLessThan(1e-9);
      expect(bitsPerByte({ nats, targets, tokenBytes })).toBe(bitsPerByte({ nats, bytes }));
    }
  });

  test("the order of the tokens changes no bit", () => {
    const tokens = fc.array(fc.tuple(fc.double({ min: 0, max: 50, noNaN: true }), fc.nat(4)), { maxLength: 50 });
    fc.assert(
      fc.property(tokens, (pairs) => {
        const value = (list: typeof pairs) =>
          bitsPerByte({ nats: list.map(([nats]) => nats), bytes: list.map(([, bytes]) => bytes) });
        expect(value([...pairs].reverse())).toBe(value(pairs));
      }),
    );
  });
});

const LOSS = "expected nats, a finite number >= 0";

test.each<[unknown, Refusal, string]>([
  [3, TypeError, "bitsPerByte: expected { nats, bytes } or { nats, targets, tokenBytes }, got 3"],
  [{ nats: 3 }, TypeError, "bytes: expected a number, got undefined"],
  [{ nats: 3, bytes: -1 }, RangeError, "bytes: expected a number >= 0, got -1"],
  [{ nats: 3, bytes: Number.NaN }, RangeError, "bytes: expected a number >= 0, got NaN"],
  [{ nats: "3", bytes: [1] }, TypeError, 'nats: expected a Float32Array, Float64Array or number[], got "3"'],
  [{ nats: [3], bytes: 1 }, TypeError, "bytes: expected an integer typed array, number[] or a tensor object, got 1"],
  [
    { nats: [3], bytes: Float32Array.of(1) },
    TypeError,
    "bytes: expected an integer typed array, number[] or a tensor object, got Float32Array(1)",
  ],
  [{ nats: [3], bytes: [1, 2] }, RangeError, "bytes: expected 1 entries, as nats has, got 2"],
  [{ nats: [3, 1], bytes: [1, -2] }, RangeError, "bytes[1]: expected a whole number of bytes >= 0, got -2"],
  [{ nats: [3, 1], bytes: [1, 0.5] }, RangeError, "bytes[1]: expected a whole number of bytes >= 0, got 0.5"],
  [{ nats: [3, 1], bytes: [1, null] }, TypeError, "bytes[1]: expected a number of bytes, got null"],
  [{ nats: [3, "1"], bytes: [1, 1] }, TypeError, 'nats[1]: expected a number, got "1"'],
  [{ nats: -3, bytes: 1 }, RangeError, `nats: ${LOSS}, got -3 (negate log-probabilities)`],
  [{ nats: Number.NaN, bytes: 1 }, RangeError, `nats: ${LOSS}, got NaN`],
  [{ nats: Infinity, bytes: 1 }, RangeError, `nats: ${LOSS}, got Infinity`],
  [{ nats: [-Infinity], bytes: [1] }, RangeError, `nats[0]: ${LOSS}, got -Infinity (negate log-probabilities)`],
  [{ nats: [1, Number.NaN], bytes: [1, 1] }, RangeError, `nats[1]: ${LOSS}, got NaN`],
  [
    { nats: Float32Array.of(1, -2), targets: [0, 0], tokenBytes: [1] },
    RangeError,
    `nats[1]: ${LOSS}, got -2 (negate log-probabilities)`,
  ],
  [{ nats: [1, Infinity], targets: [0, 0], tokenBytes: [1] }, RangeError, `nats[1]: ${LOSS}, got Infinity`],
  [
    { nats: 3, bytes: 1, byte: 2 },
    TypeError,
    'bitsPerByte: expected only nats, bytes, got the unknown "byte" (did you mean bytes?)',
  ],
  [
    { nats: [1, 2], targets: [0, 2], tokenBytes: [1, 1] },
    RangeError,
    "targets[1]: expected an id below 2 (tokenBytes.length), or a negative one, got 2",
  ],
  [{ nats: [1], targets: [0.5], tokenBytes: [1] }, RangeError, "targets[0]: expected a whole number, got 0.5"],
  [{ nats: [1], targets: [0], tokenBytes: [-1] }, RangeError, "tokenBytes[0]: expected a whole number of bytes >= 0, got -1"],
  [{ nats: [1], targets: [0, 0], tokenBytes: [1] }, RangeError, "targets: expected 1 entries, as nats has, got 2"],
  [{ nats: [1], targets: [0], tokenBytes: [1], ignoreIndex: 0.5 }, RangeError, "ignoreIndex: expected a whole number, got 0.5"],
])("bad input %#", (input, type, message) => {
  const call = () => bitsPerByte(input as { nats: number; bytes: number });
  expect(call).toThrow(new type(message));
});

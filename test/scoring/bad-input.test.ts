/** Invalid arguments specific to scoreTokens and compareLogits; test/arguments covers those that all row functions reject. */
import { describe, expect, it } from "vitest";
import { compareLogits, scoreTokens } from "../../src/index.js";
import { TOKEN_ROWS_OPTIONS } from "../../src/scoring/token-rows.js";
import { type ErrorClass, expectRefusal } from "../arguments/refusal.js";

const FLOATS =
  "a Float32Array, a Float64Array, a Float16Array, an array of numbers or a tensor object { data, dims | shape, type? }";
const logits = new Float32Array([2, 1, 0.5, 0.5, 2.5, 1]);

describe("scoreTokens", () => {
  it.each<[object, ErrorClass, string]>([
    [{ topK: -1 }, RangeError, "options.topK: expected an integer in [0, 3], got -1"],
    [{ topK: 4 }, RangeError, "options.topK: expected an integer in [0, 3], got 4"],
    [{ topK: 1.5 }, RangeError, "options.topK: expected an integer, got 1.5"],
    [{ topK: "2" }, TypeError, 'options.topK: expected an integer, got "2"'],
    [{ shift: -1 }, RangeError, "options.shift: expected an integer >= 0, got -1"],
    [{ shift: 0.5 }, RangeError, "options.shift: expected an integer, got 0.5"],
    [{ tokenBytes: 3 }, TypeError, "options.tokenBytes: expected an integer typed array, number[] or a tensor object, got 3"],
    [{ tokenBytes: [1] }, RangeError, "targets[1]: expected an id below 1 (tokenBytes.length), or a negative one, got 1"],
    [{ tokenBytes: [1, -2, 3] }, RangeError, "tokenBytes[1]: expected a whole number of bytes >= 0, got -2"],
    [{ temperature: 0 }, RangeError, "options.temperature: expected a number in [1e-30, 1e30], got 0"],
    [{ weight: [1, 1, 1] }, TypeError, `options.weight: expected one of ${names(["topK", "tokenBytes"])}, got an unknown option`],
  ])("%o", (options, errorClass, message) => {
    expectRefusal(() => scoreTokens(logits, [0, 1], options), errorClass, message);
  });

  it("topK above a hundred", () => {
    const row = new Float32Array(200);
    expect(scoreTokens(row, 0, { topK: 100 }).topIds).toHaveLength(100);
    expectRefusal(() => scoreTokens(row, 0, { topK: 101 }), RangeError, "options.topK: expected an integer in [0, 100], got 101");
  });

  it("targets out of range, also those that a shift skips", () => {
    const message = "targets[0]: expected 0..2 or ignoreIndex (-100), got 3";
    expectRefusal(() => scoreTokens(logits, [3, 1], { shift: 1 }), RangeError, message);
  });
});

describe("compareLogits", () => {
  const call = (other: unknown, options?: object, base: unknown = logits) =>
    compareLogits(base as Float32Array, other as Float32Array, [0, 1], options);

  it.each<[unknown, object | undefined, ErrorClass, string]>([
    [
      new Float32Array(8),
      undefined,
      RangeError,
      "other: expected the base's 2 rows of 3 classes, 1 apart, got 2 rows of 4 classes, 1 apart",
    ],
    [
      new Float32Array(7),
      undefined,
      RangeError,
      "other: expected 2 rows of equal length, one per target (or options.shape), got 7 elements",
    ],
    [{ data: new Float32Array(6), dims: [3, 2] }, undefined, RangeError, "targets: expected 3 targets, one per row, got 2"],
    [new Float32Array(4), { shape: [2, 3] }, RangeError, "other: expected 6 elements for the shape [2, 3], got 4"],
    [
      logits,
      { otherRowStride: 4 },
      RangeError,
      "options.otherRowStride: expected options.shape with it, for the classes in use, got none",
    ],
    [
      logits,
      { shape: [2, 3], otherRowStride: 2 },
      RangeError,
      "options.otherRowStride: expected at least the 3 classes of the shape, got 2",
    ],
    [logits, { shape: [2, 3], otherRowStride: "4" }, TypeError, 'options.otherRowStride: expected an integer, got "4"'],
    [
      logits,
      { shape: [3, 2], axis: 0, otherRowStride: 4 },
      RangeError,
      "options.otherRowStride: expected the last axis as class axis, got axis 0 of 2",
    ],
    [logits, { shape: [2, 3], otherRowStride: 4 }, RangeError, "other: expected 8 elements (2 rows, 4 apart), got 6"],
    [new Float32Array(8), { shape: [2, 3], rowStride: 4 }, RangeError, "base: expected 8 elements (2 rows, 4 apart), got 6"],
    ["x", undefined, TypeError, `other: expected ${FLOATS}, got "x"`],
    [logits, { topK: 1 }, TypeError, `options.topK: expected one of ${names(["otherRowStride"])}, got an unknown option`],
  ])("%#", (other, options, errorClass, message) => {
    expectRefusal(() => call(other, options), errorClass, message);
  });

  it("vocabularies of different sizes, with the remedy", () => {
    const remedy = "pass shape with the classes that both use, rowStride and otherRowStride";
    const message = `other: expected the base's 2 rows of 3 classes, 1 apart, got 2 rows of 4 classes, 1 apart (${remedy})`;
    const other = new Float32Array(8);
    expect(() => call(other)).toThrow(new RangeError(message));
    const tensors = [{ data: other, dims: [2, 4] }, {}, { data: logits, dims: [2, 3] }] as const;
    expect(() => call(...tensors)).toThrow(new RangeError(message));
  });

  it("rows with a different layout", () => {
    const [base, other] = [
      { data: new Float32Array(12), dims: [2, 3, 2] },
      { data: new Float32Array(12), dims: [4, 3] },
    ];
    const message = "other: expected the base's 4 rows of 3 classes, 2 apart, got 4 rows of 3 classes, 1 apart";
    expectRefusal(
      () => compareLogits(base, other, { data: new Int32Array(4), dims: [2, 2] }, { axis: 1, shift: 0 }),
      RangeError,
      message,
    );
  });

  it("uses the shape of either input for both", () => {
    const tensor = { data: logits, dims: [2, 3] };
    expect(call(logits, {}, tensor)).toEqual(call(tensor, {}));
    const columns = { data: logits, dims: [3, 2] };
    expect(call(logits, { axis: 0 }, columns)).toEqual(call(columns, { axis: 0 }));
  });
});

function names(more: readonly string[]): string {
  return [...Object.keys(TOKEN_ROWS_OPTIONS), ...more].join(", ");
}

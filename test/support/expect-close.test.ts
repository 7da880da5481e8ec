import { describe, expect, it } from "vitest";
import { expectClose } from "./expect-close.js";

const tolerance = { atol: 0.01, rtol: 0 };

describe("expectClose", () => {
  it("accepts equal values, NaN for NaN, infinities of one sign, and 0 for -0", () => {
    const values = [1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0];
    expectClose(values, [1.005, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0], tolerance, "values");
  });

  it("names the worst index", () => {
    expect(() => expectClose([1, 2, 3], [1, 2.5, 5], tolerance, "losses")).toThrow(
      /^losses: 2 of 3 values off, worst at \[2\] got 3, expected 5 \(off by 2/,
    );
  });

  it("reports NaN and infinities separately from values", () => {
    const actual = [1, Number.NaN, Number.POSITIVE_INFINITY];
    expect(() => expectClose(actual, [1, 2, Number.NEGATIVE_INFINITY], tolerance, "losses")).toThrow(
      /^losses: 1 NaN mismatches, first at \[1\] got NaN, expected 2; 1 infinity mismatches, first at \[2\] got Infinity/,
    );
  });

  it("rejects arrays of different lengths", () => {
    expect(() => expectClose([1], [1, 2], tolerance, "losses")).toThrow("losses: expected 2 values, got 1");
  });
});

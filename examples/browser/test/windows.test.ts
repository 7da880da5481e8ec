import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { IGNORED } from "../src/scoring/scored.js";
import { windowsOf } from "../src/scoring/windows.js";

const windows = (length: number, context: number) => [
  ...windowsOf(
    Int32Array.from({ length }, (_, id) => id),
    context,
  ),
];

describe("windowsOf", () => {
  it("scores every id but the first, once, in order, with half a context before it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 20 }), (length, half) => {
        const context = 2 * half;
        const scored: number[] = [];
        for (const { ids, targets } of windows(length, context)) {
          expect(ids.length).toBeLessThanOrEqual(context);
          expect(targets.length).toBe(ids.length);
          targets.forEach((target, place) => {
            // scoreTokens' shift skips the first target of a window
            if (place === 0 || target === IGNORED) return;
            expect(target).toBe(ids[place]);
            expect(place).toBeGreaterThanOrEqual(Math.min(half, target));
            scored.push(target);
          });
        }
        expect(scored).toEqual(Array.from({ length: length - 1 }, (_, index) => index + 1));
      }),
    );
  });

  it("is one window up to the context, and two beyond it", () => {
    expect(windows(1, 256).length).toBe(0);
    expect(windows(256, 256).length).toBe(1);
    expect(windows(257, 256).length).toBe(2);
    expect(windows(384, 256).length).toBe(2);
    expect(windows(385, 256).length).toBe(3);
  });
});

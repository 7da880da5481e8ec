/** How rows are dealt: every row once, in parts of whole tiles that do not cross an outer index. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type SoftmaxJob, softmaxKind } from "../../src/engine/kinds/softmax.js";
import { partitionOf, partRange } from "../../src/engine/pool/partition.js";
import { outersPerTile, tileRows } from "../../src/memory/tiles.js";
import { settings } from "../losses/random.js";

function jobOf(rows: number, classes: number, inner: number): SoftmaxJob {
  const none = new Float32Array(0);
  return { layout: { rows, classes, inner, stride: classes * inner }, logits: none, out: none };
}

describe("the parts of a job", () => {
  it("are all rows, one behind the other, each beginning where a tile does", () => {
    const layouts = fc.oneof(
      fc.record({ outers: fc.integer({ min: 1, max: 9000 }), classes: fc.integer({ min: 1, max: 3000 }), inner: fc.constant(1) }),
      fc.record({
        outers: fc.integer({ min: 1, max: 40 }),
        classes: fc.integer({ min: 1, max: 300 }),
        inner: fc.integer({ min: 2, max: 9000 }),
      }),
    );
    fc.assert(
      fc.property(layouts, fc.integer({ min: 1, max: 70 }), ({ outers, classes, inner }, threads) => {
        const job = jobOf(outers * inner, classes, inner);
        const { layout } = job;
        const starts = new Set<number>();
        for (let row = 0; row < layout.rows; row += tileRows(layout, row)) starts.add(row);
        const partition = partitionOf(softmaxKind, job, threads);
        let next = 0;
        for (let part = 0; part < partition.parts; part++) {
          const { from, to } = partRange(partition, part);
          expect(from).toBe(next);
          expect(to).toBeGreaterThan(from);
          expect(starts.has(from)).toBe(true);
          if (inner > 1 && outersPerTile(layout) === 0) expect(Math.floor((to - 1) / inner)).toBe(Math.floor(from / inner));
          next = to;
        }
        expect(next).toBe(layout.rows);
      }),
      settings(300),
    );
  });

  it("are several a thread where there are tiles enough, and none too large to wait for", () => {
    for (const [rows, classes, threads] of [
      [256, 50257, 2],
      [64, 151936, 2],
      [4096, 1000, 8],
    ] as const) {
      const { parts, step } = partitionOf(softmaxKind, jobOf(rows, classes, 1), threads);
      expect(parts).toBeGreaterThanOrEqual(4 * threads);
      expect(step * classes).toBeLessThanOrEqual(Math.max(524288, classes));
    }
  });
});

/** crossEntropyGroups: sums of plain losses with one logarithm per four rows. */
import { describe, expect, it } from "vitest";
import { KernelMemory, randomFrom, variants } from "../support/kernel-memory.js";

const IGNORED = -100;

interface Rows {
  readonly max: readonly number[];
  readonly rest: readonly number[];
  readonly target: readonly number[];
  readonly targets?: readonly number[];
  readonly temperature?: number;
}

describe.each(variants)("crossEntropyGroups, %s build", (variant) => {
  const memory = new KernelMemory(variant, 65536);

  const total = ({ max, rest, target, targets = max.map(() => 0), temperature = 1 }: Rows): number => {
    const rows = max.length;
    const padded = Math.ceil(rows / 8) * 8;
    const entries = padded / 4;
    memory.clear();
    // NaN past the last row, which must not count
    const pad = (values: readonly number[]): number[] => Array.from({ length: padded }, (_, i) => values[i] ?? Number.NaN);
    const maxima = memory.float32(pad(max)).byteOffset;
    const rests = memory.float64(pad(rest)).byteOffset;
    const logits = memory.float32(pad(target)).byteOffset;
    const classes = memory.int32(Array.from({ length: padded }, (_, i) => targets[i] ?? 0)).byteOffset;
    const logs = memory.float64(new Float64Array(entries + 2));
    const distances = memory.float64(new Float64Array(entries));
    const out = [logs.byteOffset, distances.byteOffset] as const;
    memory.kernels.crossEntropyGroups(rows, temperature, maxima, rests, logits, classes, IGNORED, ...out);
    return logs.subarray(0, entries).reduce((sum, x) => sum + x, 0) + distances.reduce((sum, x) => sum + x, 0);
  };

  it("equals the sum of log(1 + R) + (m - x) / T for every number of rows", () => {
    const random = randomFrom(1);
    for (let rows = 1; rows <= 40; rows++) {
      const max = Array.from({ length: rows }, () => Math.fround(10 * random()));
      const target = max.map((m) => Math.fround(m - 5 * random()));
      const rest = Array.from({ length: rows }, () => 127 * random() ** 4);
      const expected = rest.reduce((sum, R, r) => sum + Math.log1p(R) + (max[r] - target[r]) / 0.7, 0);
      expect(Math.abs(total({ max, rest, target, temperature: 0.7 }) / expected - 1), `${rows} rows`).toBeLessThan(1e-14);
    }
  });

  it("keeps tiny rests, which 1 + R would lose", () => {
    const rest = [1e-30, 2e-30, 3e-30, 4e-30, 5e-30, 6e-30, 7e-30, 8e-30, 9e-30];
    const same = rest.map(() => 3);
    expect(total({ max: same, rest, target: same }) / 45e-30).toBeCloseTo(1, 14);
  });

  it("skips ignored rows, whatever data they hold", () => {
    const rows = { max: [1, Number.NaN, 2], rest: [1, Number.NaN, 3], target: [0, Number.NaN, 2], targets: [0, IGNORED, 1] };
    expect(total(rows)).toBeCloseTo(Math.log(2) + 1 + Math.log(4), 14);
  });

  it("is NaN for an infinite maximum or a NaN, infinite for a target of -inf", () => {
    for (const m of [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN]) {
      expect(total({ max: [1, m], rest: [1, 0], target: [1, 0] })).toBeNaN();
    }
    expect(total({ max: [1, 1], rest: [1, Number.NaN], target: [1, 0] })).toBeNaN();
    expect(total({ max: [1, 1], rest: [1, 2], target: [1, Number.NEGATIVE_INFINITY] })).toBe(Number.POSITIVE_INFINITY);
  });
});

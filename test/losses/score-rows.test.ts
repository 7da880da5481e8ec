/** scoreRows: crossEntropy's rows in f64, and whether the target is the greatest logit. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLocalEngine, crossEntropy } from "../../src/index.js";
import { scoreRows } from "../../src/losses/score-rows.js";
import * as reference from "../../src/reference/index.js";
import { expectSameBits, expectWithin, ROW_BOUND } from "./compare.js";
import { Random, settings } from "./random.js";

const plans = fc.record({
  seed: fc.nat(1e6),
  rows: fc.integer({ min: 0, max: 40 }),
  classes: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constantFrom(64, 65, 513, 4097, 16385)),
  ignored: fc.constantFrom(0, 0.3, 1),
  ignoreIndex: fc.constantFrom(undefined, -1, 0),
  softcap: fc.constantFrom(undefined, undefined, 15),
  temperature: fc.constantFrom(undefined, undefined, 0.5, 2),
  float64: fc.boolean(),
  wide: fc.boolean(),
});

describe.each([false, true])("scoreRows, deterministic: %s", (deterministic) => {
  it("losses of every row, hits and kept rows against the reference", () => {
    const property = fc.property(plans, ({ seed, rows, classes, ignored, float64, wide, ...given }) => {
      const options = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
      const { ignoreIndex = -100, softcap = 0, temperature = 1 } = given;
      const height = classes > 5000 ? Math.min(rows, 3) : rows;
      const random = new Random(seed);
      const logits = random.normals(height * classes, 4);
      const targets = random.classes(height, classes);
      for (let row = 0; row < height; row++) {
        if (random.uniform() < ignored) targets[row] = ignoreIndex;
        if (targets[row] === ignoreIndex) logits[row * classes] = Number.NaN;
      }
      const scores = scoreRows(
        float64 ? Float64Array.from(logits) : logits,
        wide ? BigInt64Array.from(targets, BigInt) : targets,
        { classes, deterministic, ...options },
      );
      const expected =
        height === 0
          ? new Float64Array(0)
          : reference.crossEntropy(logits, targets, { shape: [height, classes], ...options, reduction: "none" });
      const allowed = (i: number): number => ROW_BOUND * Math.max(1, expected[i] as number) + (3e-7 * softcap) / temperature;
      expectWithin(scores.losses, expected, allowed, "losses");
      const isKept = Array.from(targets, (target) => target !== ignoreIndex);
      expect(Array.from(scores.kept, Boolean)).toEqual(isKept);
      const isFirstGreatest = isKept.map((kept, row) => {
        const x = logits.subarray(row * classes, (row + 1) * classes);
        return kept && x.indexOf(Math.max(...x)) === targets[row];
      });
      // a softcap can make neighbours equal
      if (softcap === 0) expect(Array.from(scores.greedy, Boolean)).toEqual(isFirstGreatest);
    });
    fc.assert(property, settings(150));
  });

  it("many rows and rows of several segments: the f64 of what crossEntropy adds up", () => {
    for (const [rows, classes] of [
      [9001, 3],
      [1000, 70],
      [5, 20000],
    ] as const) {
      const random = new Random(rows);
      const logits = random.normals(rows * classes, 3);
      const targets = random.classes(rows, classes);
      targets[1] = 2;
      logits[classes + 2] = 30;
      const { losses, greedy, kept } = scoreRows(logits, targets, { classes, deterministic });
      const engine = createLocalEngine({ deterministic });
      expectSameBits(Float32Array.from(losses), engine.crossEntropy(logits, targets, { reduction: "none" }), "row losses");
      const sum = losses.reduce((total, loss) => total + loss, 0);
      expectWithin(engine.crossEntropy(logits, targets, { reduction: "sum" }), sum, () => 1e-12 * sum, "sum");
      expect(kept.every((value) => value === 1)).toBe(true);
      let hits = 0;
      for (let row = 0; row < rows; row++) {
        const x = logits.subarray(row * classes, (row + 1) * classes);
        const hit = x.indexOf(x.reduce((a, b) => Math.max(a, b))) === targets[row] ? 1 : 0;
        expect(greedy[row]).toBe(hit);
        hits += hit;
      }
      expect(hits).toBeGreaterThan(0);
    }
  });

  it("rows of NaN, +inf and -inf", () => {
    const { NaN: nan, POSITIVE_INFINITY: inf, NEGATIVE_INFINITY: masked } = Number;
    const logits = Float32Array.of(1, nan, 0, 1, inf, 0, masked, 5, masked, masked, masked, masked, 0, masked, 2);
    const { losses, greedy, kept } = scoreRows(logits, Int32Array.of(0, 1, 1, 0, 1), { classes: 3, deterministic });
    expectSameBits(losses, [nan, nan, 0, nan, inf], "losses");
    expect([greedy[2], greedy[4]]).toEqual([1, 0]);
    expect(Array.from(kept)).toEqual([1, 1, 1, 1, 1]);
  });

  it("of classes that share the greatest logit the first is the hit", () => {
    const logits = Float32Array.of(0, 5, 1, 5, 5, 5, -1, 5, 2, 2, 2, 2);
    const { greedy } = scoreRows(logits, Int32Array.of(3, 0, 1), { classes: 4, deterministic });
    expect(Array.from(greedy)).toEqual([0, 1, 0]);
    expect(Array.from(scoreRows(logits, Int32Array.of(1, 1, 0), { classes: 4, deterministic }).greedy)).toEqual([1, 0, 1]);
  });

  it("refuses lengths that do not fit and targets that are no class", () => {
    const score = (length: number, targets: readonly number[]) => () =>
      scoreRows(new Float32Array(length), Int32Array.from(targets), { classes: 4, deterministic });
    expect(score(11, [0, 1, 2])).toThrow(new RangeError("logits: expected 12 elements, got 11"));
    expect(score(12, [0, 4, 2])).toThrow(new RangeError("targets[1]: expected 0..3 or ignoreIndex (-100), got 4"));
    expect(score(0, [])()).toEqual({ losses: new Float64Array(0), greedy: new Uint8Array(0), kept: new Uint8Array(0) });
  });
});

it("the two builds score within their bounds of each other", () => {
  const random = new Random(1);
  const logits = random.normals(500 * 300, 3);
  const targets = random.classes(500, 300);
  const [a, b] = [false, true].map((deterministic) => scoreRows(logits, targets, { classes: 300, deterministic }).losses);
  expectWithin(
    a as Float64Array,
    b as Float64Array,
    (i) => 2 * ROW_BOUND * Math.max(1, (b as Float64Array)[i] as number),
    "losses",
  );
  const mean = (a as Float64Array).reduce((sum, loss) => sum + loss, 0) / 500;
  expectWithin(crossEntropy(logits, targets), mean, () => 1e-12 * mean, "mean");
});

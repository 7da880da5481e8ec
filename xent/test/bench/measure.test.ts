import { describe, expect, test } from "vitest";
import { measureSuite } from "../../src/bench/measure.js";
import { problemOf } from "../../src/bench/problem.js";
import type { Contender, Environment, MakeSampler, Opened, Suite } from "../../src/bench/types.js";

const environment: Environment = {
  cpu: "abacus",
  cores: 1,
  load: 0,
  platform: "test",
  runtime: { name: "node", version: "0.0.0", major: 0, v8: "0", flags: [] },
  package: { version: "0.0.0", commit: null, modified: null },
};
const settings = { mode: "quick", rounds: 3, minTime: 1, warmUpRounds: 2 } as const;

/** A fake clock: a call of a contender takes the seconds given by its name. */
const makeSampler: MakeSampler = (name, run) => {
  const sampler = {
    lastValue: Number.NaN,
    sample: async () => {
      sampler.lastValue = await run();
      return Number(name);
    },
  };
  return sampler;
};

/** One row of two classes: its loss is 1, its gradient [-0.5, 0.5]. */
function suiteOf(...contenders: Contender[]): Suite {
  const source = {
    problem: (shape: { rows: number; classes: number }) => problemOf(shape, new Float32Array(2), new Int32Array(1)),
    expected: () => ({ rows: [1], value: 1, grad: [-0.5, 0.5] }),
  };
  return { name: "s", title: "t", input: "none", shapes: [{ rows: 1, classes: 2 }], groups: [{ contenders, source }] };
}

function contender(label: string, opened: Partial<Opened> = {}, more: Partial<Contender> = {}): Contender {
  const right: Opened = { run: () => 1, rowLosses: () => [1], close: () => {} };
  return { id: label, label, data: "js", bound: 1e-7, missing: () => undefined, open: () => ({ ...right, ...opened }), ...more };
}

const measure = (suite: Suite, variant: "plain" | "both" = "both") =>
  measureSuite(suite, { variant, settings, environment, makeSampler }, () => {});

describe("measureSuite", () => {
  test("computes figures from the samples", async () => {
    const { shapes, missing } = await measure(suiteOf(contender("8"), contender("2")));
    expect(missing).toEqual({});
    const [slow, fast] = shapes[0]?.contenders ?? [];
    expect(slow?.nsPerElement).toEqual({ median: 4e9, q1: 4e9, q3: 4e9 });
    expect(fast?.ratio).toEqual({ median: 4, q1: 4, q3: 4 });
    expect([fast?.elementsPerSecond, fast?.gigabytesPerSecond]).toEqual([1, 4e-9]);
    expect(fast).not.toHaveProperty("samples");
  });

  test("lists contenders that cannot run, with the reason", async () => {
    const { shapes, missing } = await measure(suiteOf(contender("8"), contender("2", {}, { missing: () => "no power" })));
    expect(shapes[0]?.contenders.map(({ id }) => id)).toEqual(["8"]);
    expect(missing).toEqual({ "2": "no power" });
    await expect(measure(suiteOf(contender("2", {}, { missing: () => "no power" })))).rejects.toThrow("no power");
  });

  test("measures only the requested builds", async () => {
    const suite = suiteOf(contender("8"), contender("2", {}, { variant: "relaxed" }), contender("3", {}, { variant: "plain" }));
    expect((await measure(suite, "plain")).shapes[0]?.contenders.map(({ id }) => id)).toEqual(["8", "3"]);
  });

  test("compares, round by round, contenders that ran", async () => {
    const suite = suiteOf(contender("8"), contender("2"));
    const comparisons = [
      { label: "c", of: "8", over: "2" },
      { label: "not there", of: "8", over: "3" },
    ];
    const groups = suite.groups.map((group) => ({ ...group, comparisons }));
    const { shapes } = await measure({ ...suite, groups });
    expect(shapes[0]?.comparisons).toEqual([{ label: "c", ratio: { median: 4, q1: 4, q3: 4 } }]);
  });

  test("uses a contender's own sampler", async () => {
    const sampler = (minTime: number) => ({ lastValue: 1, sample: async () => minTime / 4 });
    const { shapes } = await measure(suiteOf(contender("8", { sampler })));
    expect(shapes[0]?.contenders[0]?.nsPerElement).toMatchObject({ median: 0.125e9, q3: 0.125e9 });
  });
});

describe("a wrong result stops the bench", () => {
  const grad = (values: () => readonly number[], clear = () => {}) => ({ read: values, clear });

  test.each<[string, Partial<Opened>, string]>([
    ["row losses", { rowLosses: () => [1.1] }, "8: row 0 is off by 1.00e-1"],
    ["NaN row losses", { rowLosses: () => [Number.NaN] }, "8: row 0 is off by NaN"],
    ["too few of them", { rowLosses: () => [] }, "8: expected 1 row losses, got 0"],
    ["the timed call's value", { run: () => 1.1 }, "8: the timed call returned 1.1, expected 1"],
    ["the gradient", { grad: grad(() => [-0.5, 0.6]) }, "8: gradient 1 of row 0 is off by 2.00e-1"],
    ["too short a gradient", { grad: grad(() => [-0.5]) }, "8: expected 2 gradients, got 1"],
  ])("%s", async (_, opened, message) => {
    await expect(measure(suiteOf(contender("8", opened)))).rejects.toThrow(message);
  });

  test("the last timed call's value and gradient are checked", async () => {
    let calls = 0;
    const run = () => (calls++ === 0 ? 1 : 2);
    await expect(measure(suiteOf(contender("8", { run })))).rejects.toThrow("returned 2, expected 1");
    // writes a gradient only in its first call, so the check at the end must fail
    const written = [-0.5, 0.5];
    const once = grad(
      () => written,
      () => written.fill(Number.NaN),
    );
    await expect(measure(suiteOf(contender("8", { grad: once })))).rejects.toThrow("gradient 0 of row 0 is off by NaN");
  });

  test("opened contenders are closed", async () => {
    let closed = 0;
    const close = () => {
      closed++;
    };
    await expect(measure(suiteOf(contender("8", { close }), contender("2", { close, run: () => 3 })))).rejects.toThrow("2: ");
    expect(closed).toBe(2);
  });
});

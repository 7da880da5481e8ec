/** How the ratios of a run are held against committed ones. The results are made up. */
import { expect, it } from "vitest";
import { guarded, type Held, hasFallen, hold } from "../../bench/harness/guard.mjs";
import type { Contender, Figures, Group, LineFigures, Result, Suite } from "../../xent/src/bench/types.js";

type Ratios = Readonly<Record<string, number>>;

const LOOP = "js-loop";

function contender(id: string, rest: Partial<Contender> = {}): Contender {
  const open = () => expect.fail("nothing is timed here");
  return { id, label: `the ${id}`, data: "js", bound: 1e-7, missing: () => undefined, open, ...rest };
}

function group(label: string | undefined, contenders: readonly Contender[]): Group {
  const source = { problem: () => expect.fail("no input"), expected: () => expect.fail("no reference") };
  return { ...(label !== undefined && { label }), contenders: [contender(LOOP), ...contenders], source };
}

const own = [contender("plain-js", { variant: "plain" }), contender("relaxed-js", { variant: "relaxed" })];

function suiteOf(shapes: Suite["shapes"], groups: readonly Group[]): Suite {
  return { name: "forward", title: "forward", input: "made up", shapes, groups };
}

const small = { rows: 4, classes: 10 };
const large = { rows: 2, classes: 1000 };
const suite = suiteOf([small, large], [group(undefined, own)]);

function line(shape: { rows: number; classes: number }, ratios: Ratios, label?: string): LineFigures {
  const figures = Object.entries({ [LOOP]: 1, ...ratios }).map(([id, median]): Figures => {
    const ratio = { median, q1: median, q3: median };
    const variant = own.find((known) => known.id === id)?.variant;
    return {
      ...{ id, label: `the ${id}`, data: "js", bound: 1e-7, nsPerElement: ratio, ratio },
      ...{ elementsPerSecond: 1, gigabytesPerSecond: 1 },
      ...(variant && { variant }),
    };
  });
  return { ...shape, warmUpRounds: 4, contenders: figures, ...(label !== undefined && { label }) };
}

function resultOf(...shapes: LineFigures[]): Result {
  return {
    ...{ schema: 1, name: "forward", title: "forward", date: "2026-01-02T00:00:00.000Z", missing: {}, shapes },
    environment: {
      ...{ cpu: "CPU", cores: 2, load: 0, platform: "linux x64" },
      runtime: { name: "node", version: "24.0.0", major: 24, v8: "13", flags: [] },
      package: { version: "0.1.0", commit: null, modified: null },
    },
    options: { mode: "quick", rounds: 2, minTime: 0.02, warmUpRounds: 2, input: "made up" },
  };
}

/** Gives these results, one a measurement, and notes what was asked for. */
function measuring(...results: Result[]) {
  const asked: string[] = [];
  const measure = async ({ shapes, groups }: Suite, length: string) => {
    const labels = groups.map(({ label }) => label ?? "").join(" ");
    asked.push(`${length} ${shapes.map(({ rows, classes }) => `${rows}x${classes}`).join(" ")} ${labels}`.trim());
    return results[asked.length - 1] ?? expect.fail("measured more often than expected");
  };
  return { asked, measure };
}

const committed = resultOf(line(small, { "plain-js": 8, "relaxed-js": 10 }), line(large, { "plain-js": 12, "relaxed-js": 16 }));
const fallen = (held: Held[]) => held.filter(hasFallen).map((one) => `${one.line} ${one.id}`);

it("holds what fell by no more than 15 %, and what rose, after one measurement", async () => {
  const now = resultOf(line(small, { "plain-js": 6.81, "relaxed-js": 10 }), line(large, { "plain-js": 24, "relaxed-js": 13.7 }));
  const { asked, measure } = measuring(now);
  const held = await hold(suite, committed, measure);
  expect(asked).toEqual(["short 4x10 2x1000"]);
  expect(fallen(held)).toEqual([]);
  expect(held.map(({ line, id, committed, measured }) => [line, id, committed, measured])).toEqual([
    ["4 x 10", "plain-js", 8, 6.81],
    ["4 x 10", "relaxed-js", 10, 10],
    ["2 x 1000", "plain-js", 12, 24],
    ["2 x 1000", "relaxed-js", 16, 13.7],
  ]);
});

it("measures a line with a fall again, that line only and for longer; what it says then counts", async () => {
  const now = resultOf(line(small, { "plain-js": 8, "relaxed-js": 10 }), line(large, { "plain-js": 12, "relaxed-js": 13 }));
  const noise = measuring(now, resultOf(line(large, { "plain-js": 11.5, "relaxed-js": 15.5 })));
  const held = await hold(suite, committed, noise.measure);
  expect(noise.asked).toEqual(["short 4x10 2x1000", "long 2x1000"]);
  expect(fallen(held)).toEqual([]);
  expect(held.map(({ again, measured }) => [again, measured])).toEqual([
    [false, 8],
    [false, 10],
    [true, 11.5],
    [true, 15.5],
  ]);

  const slower = measuring(now, resultOf(line(large, { "plain-js": 12, "relaxed-js": 13.5 })));
  expect(fallen(await hold(suite, committed, slower.measure))).toEqual(["2 x 1000 relaxed-js"]);
});

it("takes a contender that no longer runs, or has no figure, for fallen", async () => {
  const now = resultOf(line(small, { "plain-js": 8 }), line(large, { "plain-js": 12, "relaxed-js": Number.NaN }));
  const again = [resultOf(line(small, { "plain-js": 8 })), resultOf(line(large, { "plain-js": 12, "relaxed-js": Number.NaN }))];
  const held = await hold(suite, committed, measuring(now, ...again).measure);
  expect(fallen(held)).toEqual(["4 x 10 relaxed-js", "2 x 1000 relaxed-js"]);
});

it("compares groups by their names, at one shape and at several; what was never committed is not compared", async () => {
  const groups = [group("loss", own), group("new", own), group("gradient", own)];
  const ratios = (of: number) => ({ "plain-js": of, "relaxed-js": of });
  const before = resultOf(line(small, ratios(4), "gradient"), line(small, ratios(9), "loss"));
  const now = resultOf(line(small, ratios(9), "loss"), line(small, ratios(1), "new"), line(small, ratios(3), "gradient"));
  const { asked, measure } = measuring(now, resultOf(line(small, ratios(3), "gradient")));
  const held = await hold(suiteOf([small], groups), before, measure);
  expect(asked).toEqual(["short 4x10 loss new gradient", "long 4x10 gradient"]);
  expect(fallen(held)).toEqual(["gradient plain-js", "gradient relaxed-js"]);

  const both = resultOf(line(small, ratios(9), "4 x 10, loss"), line(large, ratios(9), "2 x 1000, loss"));
  const same = await hold(suiteOf([small, large], [group("loss", own)]), both, measuring(both).measure);
  expect(same.map((one) => one.line)).toEqual(["4 x 10, loss", "4 x 10, loss", "2 x 1000, loss", "2 x 1000, loss"]);
});

it("refuses a measurement that lacks a line", async () => {
  const { measure } = measuring(resultOf(line(small, { "plain-js": 8, "relaxed-js": 10 })));
  await expect(hold(suite, committed, measure)).rejects.toThrow("forward: 2 lines, measured 1");
});

it("guards the package's own contenders against the baseline, at shapes that do not take long", () => {
  const others = [contender("plain-memory-loss", { variant: "plain", detail: true }), contender("native")];
  const { shapes, groups } = guarded(suiteOf([small, { rows: 256, classes: 50257 }], [group(undefined, [...own, ...others])]));
  expect(shapes).toEqual([small]);
  expect(groups.map(({ contenders }) => contenders.map(({ id }) => id))).toEqual([[LOOP, "plain-js", "relaxed-js"]]);
});

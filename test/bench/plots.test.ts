/** The pictures of the documents: what they show, and that the same results always give the same text. */
import { expect, it } from "vitest";
import { renderDocument } from "../../bench/harness/markdown.mjs";
import { picturesOf } from "../../bench/plots/index.mjs";
import { linePlot, logTicks } from "../../bench/plots/line-plot.mjs";
import type { Figures, Result } from "../../xent/src/bench/types.js";

function figures(id: string, nsPerElement: number): Figures {
  const spread = { median: nsPerElement, q1: nsPerElement, q3: nsPerElement };
  return {
    id,
    label: `the ${id}`,
    data: "js",
    rowError: 0,
    bound: 1,
    nsPerElement: spread,
    ratio: spread,
    elementsPerSecond: 1,
    gigabytesPerSecond: 1,
  };
}

const sweep: Result = {
  schema: 1,
  name: "sweep",
  title: "sweep",
  date: "2026-01-02T00:00:00.000Z",
  environment: {
    cpu: "CPU",
    cores: 2,
    load: 0,
    platform: "linux x64",
    runtime: { name: "node", version: "24.0.0", major: 24, v8: "13", flags: [] },
    package: { version: "0.1.0", commit: null, modified: null },
  },
  options: { mode: "full", rounds: 2, minTime: 0.02, warmUpRounds: 2, input: "f32", lines: "rows x classes, function" },
  missing: {},
  shapes: [10, 1000, 100000].flatMap((classes) =>
    ["loss", "loss and gradient"].map((label) => ({
      rows: 10,
      classes,
      label: `10 x ${classes}, ${label}`,
      warmUpRounds: 1,
      contenders: [figures("js-loop", 12), figures("relaxed-memory", classes / 1e5 + 0.4)],
    })),
  ),
};
const forward: Result = { ...sweep, name: "forward" };

it("draws a suite that goes along an axis, a picture a function", () => {
  const pictures = picturesOf([forward, sweep]);
  expect(pictures.map(({ path }) => path)).toEqual([
    "docs/plots/sweep-node24-loss.svg",
    "docs/plots/sweep-node24-loss-and-gradient.svg",
  ]);
});

it("gives the same text for the same results: axes with units, a legend, a line a contender, a point a shape", async () => {
  const draw = async () => (await picturesOf([sweep])[0]?.svg()) as string;
  const svg = await draw();
  expect(await draw()).toBe(svg);
  for (const text of [
    "ns an element",
    "classes (a million logits in all)",
    "the js-loop",
    "the relaxed-memory",
    "Node 24, CPU",
  ]) {
    expect(svg).toContain(text);
  }
  expect(svg.match(/mark-symbol role-mark/g)).toHaveLength(2);
  expect(svg.match(/aria-roledescription="symbol mark"|class="mark-symbol role-mark"/g)?.length).toBeGreaterThan(0);
  expect(svg).toContain("prefers-color-scheme: dark");
  // another figure is another picture
  const [line, ...lines] = sweep.shapes;
  const changed = {
    ...sweep,
    shapes: [{ ...line, contenders: [figures("js-loop", 13), figures("relaxed-memory", 0.5)] }, ...lines],
  };
  expect(await picturesOf([changed as Result])[0]?.svg()).not.toBe(svg);
});

it("takes round numbers around all values as ticks", () => {
  expect(logTicks([10, 1048576], [1])).toEqual([10, 100, 1000, 10000, 100000, 1000000, 10000000]);
  expect(logTicks([0.41, 12], [1, 2, 5])).toEqual([0.2, 0.5, 1, 2, 5, 10, 20]);
  expect(logTicks([1, 1], [1])).toEqual([1, 10]);
});

it("draws linear axes too", async () => {
  const x = { title: "threads", ticks: [1, 2, 3, 4], scale: "linear" } as const;
  const y = { title: "times one thread", ticks: [0, 2, 4], scale: "linear" } as const;
  const series = [{ label: "engine", colour: "#4493f8", points: [1, 2, 4].map((threads) => ({ x: threads, y: threads })) }];
  const svg = await linePlot({ title: "speed", x: { ...x, ticks: [...x.ticks] }, y: { ...y, ticks: [...y.ticks] }, series });
  expect(svg).toContain("times one thread");
});

it("puts a suite's pictures into a document", () => {
  const text = "<!-- bench:sweep-plots -->\n<!-- /bench:sweep-plots -->";
  const rendered = renderDocument(text, [sweep]).text;
  expect(rendered).toContain("](plots/sweep-node24-loss.svg)");
  expect(rendered).toContain("](plots/sweep-node24-loss-and-gradient.svg)");
  expect(renderDocument(text, [], { sweep: "npm run bench -- sweep" }).text).toContain(
    "Not measured yet: `npm run bench -- sweep`.",
  );
  expect(() => renderDocument(text, [])).toThrow("no bench/results/sweep.json");
});

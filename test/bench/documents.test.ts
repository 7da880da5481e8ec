/** How results beside other libraries come into the documents, and what stands there before there are any. */
import { expect, it } from "vitest";
import { renderDocument } from "../../bench/harness/markdown.mjs";
import type { Figures, Result } from "../../xent/src/bench/types.js";

function figures(id: string, rest: Partial<Figures>): Figures {
  const spread = (median: number) => ({ median, q1: median, q3: median });
  return {
    id,
    label: `the ${id}`,
    data: "js",
    rowError: 1e-9,
    bound: 1e-6,
    nsPerElement: spread(10),
    ratio: spread(1),
    elementsPerSecond: 1e8,
    gigabytesPerSecond: 0.4,
    ...rest,
  };
}

const fast = { peer: "lib", version: "1.2.3", ratio: { median: 4, q1: 4, q3: 4 }, nsPerElement: { median: 2.5, q1: 2, q3: 3 } };

const result: Result = {
  schema: 1,
  name: "peers",
  title: "peers",
  date: "2026-01-02T00:00:00.000Z",
  environment: {
    cpu: "CPU",
    cores: 2,
    load: 0,
    platform: "linux x64",
    runtime: { name: "node", version: "24.0.0", major: 24, v8: "13", flags: [] },
    package: { version: "0.1.0", commit: null, modified: null },
  },
  options: { mode: "quick", rounds: 2, minTime: 0.02, warmUpRounds: 2, input: "f32", linePer: "contender" },
  missing: { torch: "no torch here", "torch-2": "no torch here" },
  shapes: [
    { rows: 1, classes: 10, warmUpRounds: 2, contenders: [figures("loop", {}), figures("lib", { ...fast, rowError: 2e-7 })] },
    { rows: 8, classes: 100, warmUpRounds: 2, contenders: [figures("loop", {}), figures("lib", { ...fast, rowError: 3e-6 })] },
  ],
};

const document = "<!-- bench:peers -->\nold\n<!-- /bench:peers -->";

it("a suite of many contenders has a line each, the worst error, versions, and who is missing", () => {
  const { text } = renderDocument(document, [result]);
  expect(text).not.toContain("old");
  expect(text).toContain("| contender |       1 x 10 |      8 x 100 | row error |");
  expect(text).toContain("| the loop  | 1.00x (10.0) | 1.00x (10.0) |    1.0e-9 |");
  expect(text).toContain("| the lib   | 4.00x (2.50) | 4.00x (2.50) |    3.0e-6 |");
  expect(text).toContain("\n\nlib 1.2.3. not run, no torch here: torch, torch-2.\n\n");
});

it("a suite that may lack results says so until it has one; any other must have one", () => {
  const mayLack = { peers: "npm run bench -- peers" };
  expect(renderDocument(document, [], mayLack).text).toContain("\n\nNot measured yet: `npm run bench -- peers`.\n\n");
  expect(renderDocument(document, [result], mayLack).text).not.toContain("Not measured yet");
  expect(() => renderDocument(document, [], { "peers-gradient": "npm run bench" })).toThrow(
    "bench:peers: no bench/results/peers.json",
  );
});

it("a result from a browser names it, and that all threads ran", () => {
  const runtime = { name: "chromium", version: "156.0.1", major: 156, v8: "15.6", flags: [] } as const;
  const measured: Result = { ...result, name: "browser", environment: { ...result.environment, runtime } };
  const { text } = renderDocument(document.replaceAll("peers", "browser"), [measured]);
  expect(text).toContain("Chromium 156.0.1, up to 2 threads on CPU (linux x64)");
});

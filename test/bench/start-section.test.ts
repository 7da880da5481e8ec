/** What the documents say of bench:start, from made up results. */
import { expect, it } from "vitest";
import { renderDocument } from "../../bench/harness/markdown.mjs";
import { type StartResult, startSection } from "../../bench/harness/start-section.mjs";

const spread = (median: number) => ({ median, q1: median - 1, q3: median + 2 });

function resultOf(major: number, day: number, tarball: number): StartResult {
  return {
    ...{ schema: 1, name: "start", date: `2026-01-0${day}T00:00:00.000Z`, options: { rounds: 3 } },
    environment: {
      ...{ cpu: "CPU", cores: 2, load: 0, platform: "linux x64" },
      runtime: { name: "node", version: `${major}.0.0`, major, v8: "13", flags: [] },
      package: { version: "0.1.0", commit: null, modified: null },
    },
    milliseconds: { empty: spread(20), imported: spread(30), firstLoss: spread(33) },
    longer: { imported: spread(10.04), firstLoss: spread(13.25) },
    sizes: {
      tarball,
      crossEntropy: { bytes: 3000, gzipped: 1000 },
      everything: { bytes: 4000, gzipped: 1500 },
      kernels: { "kernels-plain.wasm": { bytes: 500, gzipped: 200 } },
    },
  };
}

it("has a line for each Node, and the sizes of the newest result", () => {
  const text = startSection([resultOf(20, 2, 7777), resultOf(24, 1, 8888)]);
  expect(text).toContain(
    "| 20.0.0 |             20.0 |            10.0 |  9.0-12.0 |                           13.3 | 12.3-15.3 |",
  );
  expect(text).toContain("| 24.0.0 |");
  expect(text).toContain("2026-01-02, medians of 3 rounds. Node 24.0.0, one thread of 2 on CPU");
  expect(text).toMatch(/\| tarball +\| +\| +7777 \|/);
  expect(text).not.toContain("8888");
  expect(text).toMatch(/\| `kernels-plain.wasm`, the kernels of all functions +\| +500 \| +200 \|/);
});

it("says that there is no result, and what makes one", () => {
  expect(startSection([])).toBe("Not measured yet: `npm run bench:start`.");
});

it("fills its section of a document, and no other", () => {
  const document = "<!-- bench:start -->\nold\n<!-- /bench:start -->\n<!-- bench:peers --><!-- /bench:peers -->";
  const { text, sections } = renderDocument(document, [], { peers: "npm run bench -- peers" }, { start: "the start" });
  expect(sections).toEqual(["start", "peers"]);
  expect(text).toContain("<!-- bench:start -->\n\nthe start\n\n<!-- /bench:start -->");
  expect(text).toContain("Not measured yet: `npm run bench -- peers`.");
});

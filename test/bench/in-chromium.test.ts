/** npm run bench:browser, as short as it can be: that all ways are measured in a page, not how fast any is. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { stemOf } from "../../xent/src/bench/format.js";
import type { Result } from "../../xent/src/bench/types.js";
import { temporaryFolder } from "../../xent/test/files/written.js";

const MAIN = fileURLToPath(new URL("../../bench/browser.mjs", import.meta.url));
const folder = temporaryFolder();

it("measures the loop, the plain functions and the engine, each build, in an isolated page", () => {
  const file = folder.path("browser.json");
  const args = ["--shapes", "4x300", "--rounds", "1", "--min-time", "1", "--json", file];
  const printed = execFileSync(process.execPath, [MAIN, ...args], { encoding: "utf8", stdio: "pipe", timeout: 110_000 });
  const result: Result = JSON.parse(readFileSync(file, "utf8"));
  expect(result.environment.runtime.name).toBe("chromium");
  expect(stemOf(result)).toBe("browser");
  expect(result.missing).toEqual({});
  const ids = result.shapes.flatMap(({ contenders }) => contenders.map(({ id }) => id));
  expect(ids[0]).toBe("js-loop");
  expect(ids.slice(1, 5)).toEqual(["plain-js", "plain-memory", "relaxed-js", "relaxed-memory"]);
  expect(ids.slice(5).map((id) => id.replace(/\d+/, "N"))).toEqual([
    "engine-N-js-plain",
    "engine-N-memory-plain",
    "engine-N-js-relaxed",
    "engine-N-memory-relaxed",
  ]);
  for (const id of ids) expect(printed).toContain(result.shapes[0].contenders.find((one) => one.id === id)?.label);
});

it("refuses what it does not understand", () => {
  const run = () => execFileSync(process.execPath, [MAIN, "forward"], { stdio: "pipe" });
  expect(run).toThrow(/expected no suite, got forward/);
});

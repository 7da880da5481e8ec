/** The page in Chromium, from a server that does not send the isolation headers: the page says so, and works. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { ended, PageUnderTest } from "./opened-page.js";
import { differences, readTotals } from "./read-totals.js";
import { totalsOfCommand } from "./scores-of-node.js";

let pages: PageUnderTest;
beforeAll(async () => {
  pages = await PageUnderTest.start(["Cross-Origin-Opener-Policy", "Cross-Origin-Embedder-Policy"]);
});
afterAll(() => pages.close());

it("says that there are no threads, and why, and computes the same results", async () => {
  const page = await pages.open();
  await ended(page, "done");
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
  expect(await page.locator("#engine").innerText()).toMatch(
    /^Threads are not available, so one worker computes on copies .*: .*not cross-origin isolated/,
  );
  expect(differences(await page.evaluate(readTotals), totalsOfCommand("devil.f32.safetensors"))).toEqual([]);
  await page.getByRole("button", { name: "Measure" }).click();
  await ended(page, "done", "timing-task");
  expect(await page.locator("#times th").allInnerTexts()).toEqual([
    "plain JS loop",
    "plain function, one thread",
    "engine, one thread",
  ]);
  await pages.finish(page);
});

/** The pages in Chromium: no script, no network, wide and narrow, light and dark. */
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchChromium } from "../../../examples/browser/chromium.mjs";
import { temporaryFolder } from "../files/written.js";
import { comparePage, compareRows, scorePage, scoreRows } from "./rows.js";

const folder = temporaryFolder();
const CHARTS = { score: 4, compare: 5 };
const PAGES = { score: scorePage(scoreRows(700, 4)), compare: comparePage(compareRows(700, 4)) };

/** Timeout in milliseconds, a hundred times the usual duration, for busy machines. */
const PATIENCE = 110_000;

/** Runs in the page: returns visible chart labels that extend beyond their chart. */
const LABELS_CUT_OFF = `Array.from(document.querySelectorAll("svg.chart")).filter((chart) => chart.checkVisibility()).flatMap((chart) => {
  const { left, right } = chart.getBoundingClientRect();
  const labels = Array.from(chart.querySelectorAll("text"), (label) => [label.textContent, label.getBoundingClientRect()]);
  if (labels.length < 4) throw new Error("a picture without labels");
  return labels.filter(([, box]) => box.left < left - 0.5 || box.right > right + 0.5).map(([text]) => text);
})`;

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

describe.each(["score", "compare"] as const)("%s", (name) => {
  test("refers to no other file, and contains no script", () => {
    expect(PAGES[name]).not.toMatch(/https?:|\bsrc=|@import|<script|\bon\w+=|url\((?!#)/i);
    expect(Array.from(PAGES[name].matchAll(/\bhref="([^"]*)"/g), ([, to]) => to)).toEqual(["data:,"]);
  });

  test.each([
    [1280, "light", ".wide", ".narrow"],
    [360, "light", ".narrow", ".wide"],
    [1280, "dark", ".wide", ".narrow"],
  ] as const)(
    "%i px, %s: read without script and network, nothing asked for, nothing cut off",
    async (width, colorScheme, shown, hidden) => {
      const file = pathToFileURL(folder.write(`${name}.html`, new TextEncoder().encode(PAGES[name]))).href;
      await using context = await browser.newContext({
        ...{ viewport: { width, height: 800 }, colorScheme },
        ...{ javaScriptEnabled: false, offline: true },
      });
      context.setDefaultTimeout(PATIENCE);
      const page = await context.newPage();
      const said: string[] = [];
      page.on("console", (message) => said.push(message.text()));
      page.on("pageerror", (error) => said.push(String(error)));
      page.on("request", (request) => said.push(request.url()));
      await page.goto(file);

      expect(await page.locator(`svg.chart${shown}:visible`).count()).toBe(CHARTS[name]);
      expect(await page.locator(`svg.chart${hidden}:visible`).count()).toBe(0);
      expect(await page.evaluate<string[]>(LABELS_CUT_OFF)).toEqual([]);
      // the page does not scroll sideways; wide tables scroll on their own
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
      const ground = await page.evaluate("getComputedStyle(document.body).backgroundColor");
      expect(ground).toBe(colorScheme === "dark" ? "rgb(20, 24, 29)" : "rgb(255, 255, 255)");
      // the page and its empty icon
      expect(said.filter((one) => one !== file && one !== "data:,")).toEqual([]);
    },
  );

  test("the page's content security policy blocks injected scripts", async () => {
    const file = folder.write(
      "smuggled.html",
      new TextEncoder().encode(PAGES[name].replace("<main>", "<main><script>document.title = 'run'</script>")),
    );
    await using context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(pathToFileURL(file).href);
    expect(await page.title()).toBe("A test");
  });
});

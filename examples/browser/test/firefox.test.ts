/** The page in Firefox: a text, a token, a file. Uses puppeteer, because Playwright drives only its own build of Firefox. */
import puppeteer, { type Browser } from "puppeteer-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { findBrowser, missing } from "../../../scripts/browsers.mjs";
import { PATIENCE } from "./opened-page.js";
import { differences, readTotals } from "./read-totals.js";
import { dataPath, totalsOfCommand } from "./scores-of-node.js";
import { type Served, serve } from "./served.js";

let served: Served;
let browser: Browser;
beforeAll(async () => {
  served = await serve();
  const executablePath = findBrowser("firefox");
  if (executablePath === undefined) throw new Error(missing("firefox"));
  browser = await puppeteer.launch({ browser: "firefox", executablePath, headless: true });
});
afterAll(async () => {
  await browser.close();
  await served.close();
});

it("scores a text and a file, on threads, without errors", async () => {
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  // waitForFunction makes code from text, which the content security policy forbids
  const ended = () => page.waitForSelector("#task[data-state=done]", { timeout: PATIENCE });
  await page.goto(served.url);
  await ended();
  expect(await page.$eval("#engine", ({ textContent }) => textContent)).toMatch(/ on one shared memory, (relaxed|plain) SIMD\.$/);
  expect(differences(await page.evaluate(readTotals), totalsOfCommand("devil.f32.safetensors"))).toEqual([]);

  await page.focus("[role=option][tabindex='0']");
  await page.keyboard.press("ArrowRight");
  expect(await page.$eval("#detail dd", ({ textContent }) => textContent)).toBe("H");

  const input = await page.$("input#files");
  await input?.uploadFile(dataPath("widget.f32.safetensors"));
  await page.waitForSelector("::-p-aria([name='widget.f32.safetensors'][role='heading'])", { timeout: PATIENCE });
  await ended();
  expect(differences(await page.evaluate(readTotals), totalsOfCommand("widget.f32.safetensors"))).toEqual([]);
  expect(complaints).toEqual([]);
});

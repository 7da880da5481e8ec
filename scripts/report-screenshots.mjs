// npm run evaluate:screenshots: takes pictures of the pages of `npm run evaluate`, wide, narrow and dark, and puts them beside
// the pages. With --record it also writes the picture that the documentation shows.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { launchChromium } from "../examples/browser/chromium.mjs";
import { asWebp } from "../examples/browser/webp.mjs";

const LOOKS = [
  { name: "wide", viewport: { width: 1280, height: 900 }, colorScheme: "light" },
  { name: "dark", viewport: { width: 1280, height: 900 }, colorScheme: "dark" },
  { name: "narrow", viewport: { width: 360, height: 740 }, colorScheme: "light" },
];

/** Tall enough for the text with its shades. */
const RECORDED = { viewport: { width: 800, height: 1350 }, colorScheme: "light" };

const root = new URL("../", import.meta.url);
const { values: options } = parseArgs({ options: { record: { type: "boolean", default: false } } });
const browser = await launchChromium();
try {
  for (const report of ["score-f32", "compare"]) {
    const address = new URL(`evaluation/${report}.html`, root).href;
    for (const { name, ...look } of LOOKS) {
      const page = await browser.newPage({ ...look, javaScriptEnabled: false, offline: true });
      await page.goto(address);
      const picture = fileURLToPath(new URL(`evaluation/${report}-${name}.png`, root));
      await page.screenshot({ path: picture, fullPage: true });
      await page.close();
      console.log(picture);
    }
  }
  if (options.record) {
    const page = await browser.newPage(RECORDED);
    await page.goto(new URL("evaluation/score-f32.html", root).href);
    const picture = await page.screenshot();
    writeFileSync(new URL("docs/pictures/report.webp", root), await asWebp(page, picture));
  }
} finally {
  await browser.close();
}

// npm run demo:screenshots: writes screenshots of the built page, wide and narrow, light and dark, to dist/screenshots.
// With --record it also writes the picture for the documents.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { preview } from "vite";
import { launchChromium } from "./chromium.mjs";
import { asWebp } from "./webp.mjs";

/** @param {string} relative */
const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

/** @type {{ name: string, viewport: { width: number, height: number }, colorScheme: "light" | "dark" }[]} */
const LOOKS = [
  { name: "wide", viewport: { width: 1280, height: 900 }, colorScheme: "light" },
  { name: "dark", viewport: { width: 1280, height: 900 }, colorScheme: "dark" },
  { name: "narrow", viewport: { width: 360, height: 740 }, colorScheme: "light" },
  { name: "narrow-dark", viewport: { width: 360, height: 740 }, colorScheme: "dark" },
];

const { values: options } = parseArgs({ options: { record: { type: "boolean", default: false } } });
const server = await preview({ configFile: path("vite.config.ts"), preview: { port: 0 } });
const browser = await launchChromium();
try {
  for (const { name, ...look } of LOOKS) {
    const page = await browser.newPage(look);
    await page.goto(server.resolvedUrls?.local[0] ?? "");
    await page.locator("#task[data-state=done]").waitFor({ state: "attached" });
    await page.getByRole("button", { name: "Measure" }).click();
    await page.locator("#timing-task[data-state=done]").waitFor({ state: "attached" });
    await page.getByRole("option").nth(41).focus();
    await page.screenshot({ path: path(`dist/screenshots/${name}.png`), fullPage: true });
    const first = await page.screenshot({ path: path(`dist/screenshots/${name}-first.png`) });
    if (options.record && name === "wide") writeFileSync(path("../../docs/pictures/page.webp"), await asWebp(page, first));
    process.stdout.write(`dist/screenshots/${name}.png\n`);
    await page.close();
  }
} finally {
  await browser.close();
  await server.close();
}

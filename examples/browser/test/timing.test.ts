/** The table of times, in Chromium: checks that it is filled and right, not how fast anything is. */
import type { Page } from "playwright";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ended, PageUnderTest } from "./opened-page.js";
import { dataText } from "./scores-of-node.js";

let pages: PageUnderTest;
let page: Page;
beforeAll(async () => {
  pages = await PageUnderTest.start();
  page = await pages.open();
  await ended(page, "done");
});
afterAll(async () => {
  await pages.finish(page);
  await pages.close();
});

const table = () => page.getByRole("table");

async function measured(): Promise<{ shape: string; ways: string[]; cells: string[]; losses: number[] }> {
  await page.getByRole("button", { name: "Measure" }).click();
  await ended(page, "done", "timing-task");
  return {
    shape: await table().locator("caption").innerText(),
    ways: await table().locator("tbody th").allInnerTexts(),
    cells: await table().locator("tbody td").allInnerTexts(),
    losses: await table()
      .locator("tbody tr")
      .evaluateAll((lines) => lines.map((line) => Number((line as HTMLElement).dataset.loss))),
  };
}

describe("timing", () => {
  it("times the logits of the text: all ways compute the text's loss", async () => {
    await page.getByLabel("from the result above (246 × 4,096)").check();
    const { shape, ways, cells, losses } = await measured();
    expect(shape).toBe("246 × 4,096 logits");
    expect(ways.length).toBe(4);
    expect(ways.join("; ")).toMatch(
      /^plain JS loop; plain function, one thread; engine, (one thread|\d+ threads); engine, .*, logits in its memory$/,
    );
    expect(cells.length).toBe(12);
    for (const cell of cells) expect(cell).toMatch(/^[\d.]+( ms|×)?$/);
    expect(cells[2]).toBe("1.00×");
    const { mean } = JSON.parse(dataText("devil.expected.json")).f32;
    for (const loss of losses) expect(Math.abs(loss - mean)).toBeLessThan(1e-6);
  });

  it("times random logits with the slider's number of classes, up to 151,936", async () => {
    const slider = page.getByRole("slider", { name: "classes" });
    await slider.focus();
    await page.keyboard.press("Home");
    expect(await slider.getAttribute("aria-valuetext")).toBe("2,097 × 1,000");
    await page.keyboard.press("End");
    expect(await slider.getAttribute("aria-valuetext")).toBe("14 × 151,936");
    expect(await page.getByLabel("synthetic", { exact: true }).isChecked()).toBe(true);
    const { shape, losses } = await measured();
    expect(shape).toBe("14 × 151,936 logits");
    expect(new Set(losses.map((loss) => loss.toFixed(5))).size).toBe(1);
  });
});

/** The cancel button, in Chromium. Each task is held back so that it cannot end before the button is pressed. */
import type { Page, Route } from "playwright";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ended, PageUnderTest } from "./opened-page.js";
import { readTotals } from "./read-totals.js";
import { dataText } from "./scores-of-node.js";

let pages: PageUnderTest;
beforeAll(async () => {
  pages = await PageUnderTest.start();
});
afterAll(() => pages.close());

const cancel = (page: Page) => page.locator("#task").getByRole("button", { name: "Cancel" });
const told = (page: Page) => page.locator("#task [role=status]").innerText();

declare global {
  /** Number of windows that still reach the model. */
  var windowsLeft: number;
}

/** Lets the page's messages reach the model until `windowsLeft` is used up; later ones are never answered. */
function countWindows(): void {
  globalThis.windowsLeft = Number.POSITIVE_INFINITY;
  const post = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (this: Worker, message: unknown, more?: Transferable[] | StructuredSerializeOptions) {
    const isRun = typeof message === "object" && message !== null && "path" in message && String(message.path) === "run";
    if (isRun && windowsLeft-- <= 0) return;
    post.call(this, message, more as StructuredSerializeOptions);
  };
}

describe("cancel", () => {
  it("cancels loading the model, and loads it on the next request", async () => {
    const held: Route[] = [];
    let holding = true;
    const page = await pages.open((opened) =>
      opened.route("**/*.onnx", async (route) => {
        if (holding) held.push(route);
        else await route.continue();
      }),
    );
    await page.getByRole("progressbar", { name: "Loading the model" }).waitFor();
    await cancel(page).click();
    await ended(page, "cancelled");
    expect(await told(page)).toBe("Cancelled: Loading the model");
    expect(await page.locator("#result").isVisible()).toBe(false);
    expect(await page.getByRole("progressbar").isVisible()).toBe(false);

    holding = false;
    await page.getByRole("button", { name: "Score the text" }).click();
    await ended(page, "done");
    expect((await page.evaluate(readTotals)).Tokens).toBe(246);
    expect(held.length).toBe(1);
    await pages.finish(page);
  });

  it("cancels a long text, keeps what is scored, and scores it all on the next request", async () => {
    const page = await pages.open((opened) => opened.addInitScript(countWindows));
    await ended(page, "done");
    await page.evaluate(() => {
      windowsLeft = 2;
    });
    await page.getByLabel("Text", { exact: true }).fill(dataText("genesis.txt").slice(0, 4000));
    await page.getByRole("button", { name: "Score the text" }).click();
    // the first window scores 255 tokens, every other one 128
    const bar = page.getByRole("progressbar", { name: /^383 of [\d,]+ tokens$/ });
    await bar.waitFor();
    expect(await bar.getAttribute("value")).toBe("383");
    await cancel(page).click();
    await ended(page, "cancelled");
    expect(await told(page)).toMatch(/^Cancelled: 383 of [\d,]+ tokens$/);
    expect((await page.evaluate(readTotals)).Tokens).toBe(383);

    await page.evaluate(() => {
      windowsLeft = Number.POSITIVE_INFINITY;
    });
    await page.getByRole("button", { name: "Score the text" }).click();
    await ended(page, "done");
    expect((await page.evaluate(readTotals)).Tokens).toBeGreaterThan(383);
    await pages.finish(page);
  });

  it("a new text replaces the one being scored", async () => {
    const page = await pages.open((opened) => opened.addInitScript(countWindows));
    await ended(page, "done");
    await page.evaluate(() => {
      windowsLeft = 1;
    });
    await page.getByLabel("Text", { exact: true }).fill(dataText("genesis.txt").slice(0, 4000));
    await page.getByRole("button", { name: "Score the text" }).click();
    await page.getByRole("progressbar", { name: /^255 of / }).waitFor();
    await page.evaluate(() => {
      windowsLeft = Number.POSITIVE_INFINITY;
    });
    await page.getByLabel("or a passage").selectOption("The Jargon File: widget");
    await ended(page, "done");
    expect((await page.evaluate(readTotals)).Tokens).toBe(255);
    await pages.finish(page);
  });

  it("stops the timing between two samples", async () => {
    const page = await pages.open();
    await ended(page, "done");
    // both clicks in one task of the page: the measurement has begun and cannot have ended
    await page.evaluate(() => {
      const press = (button: Element | null | undefined) => (button as HTMLButtonElement).click();
      press(document.querySelector("#timing-input button"));
      press(document.querySelector("#timing-task button"));
    });
    await ended(page, "cancelled", "timing-task");
    expect(await page.locator("#times-table").isVisible()).toBe(false);
    await pages.finish(page);
  });
});

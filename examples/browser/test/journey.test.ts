/** A visitor who scores a text, in Chromium. */
import type { Page } from "playwright";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ended, PageUnderTest } from "./opened-page.js";
import { differences, readTotals } from "./read-totals.js";
import { dataText, totalsOfCommand, totalsOfText } from "./scores-of-node.js";

let pages: PageUnderTest;
let page: Page;

beforeAll(async () => {
  pages = await PageUnderTest.start();
  page = await pages.open();
  await ended(page, "done");
});
afterAll(() => pages.close());

async function score(text: string): Promise<void> {
  await page.getByLabel("Text", { exact: true }).fill(text);
  await page.getByRole("button", { name: "Score the text" }).click();
  await ended(page, "done");
}

const options = () => page.getByRole("listbox", { name: "Tokens" }).getByRole("option");

describe("text", () => {
  it("scores its first passage on load: the totals are those of npm start", async () => {
    expect(differences(await page.evaluate(readTotals), totalsOfCommand("devil.f32.safetensors"))).toEqual([]);
  });

  it("describes the engine", async () => {
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    expect(await page.locator("#engine").innerText()).toMatch(/ on one shared memory, relaxed SIMD\.$/);
  });

  it("scores a chosen passage", async () => {
    await page.getByLabel("or a passage").selectOption("The Jargon File: widget");
    await ended(page, "done");
    expect(differences(await page.evaluate(readTotals), totalsOfCommand("widget.f32.safetensors"))).toEqual([]);
    expect(await page.getByLabel("Text", { exact: true }).inputValue()).toBe(dataText("widget.txt"));
  });

  it.each([
    ["short", "And the hacker said unto the machine, Let there be light"],
    ["with characters of several bytes and line breaks", "naïve café 🙂\n\n\tπ ≈ 3\n"],
    ["one token long", "a"],
  ])("scores what is typed, as Node does: %s", async (_, text) => {
    await score(text);
    expect(differences(await page.evaluate(readTotals), await totalsOfText(text))).toEqual([]);
  });

  it("scores a text longer than the model's context, as Node does", async () => {
    const text = dataText("devil.txt") + dataText("widget.txt");
    await score(text);
    const known = await totalsOfText(text);
    expect(known.tokens).toBeGreaterThan(384);
    expect(differences(await page.evaluate(readTotals), known)).toEqual([]);
    expect(await options().count()).toBe(known.tokens);
  });

  it("says that there is nothing to score, and keeps the last result", async () => {
    await score("light");
    const before = await page.evaluate(readTotals);
    await page.getByLabel("Text", { exact: true }).fill("");
    await page.keyboard.press("Control+Enter");
    await ended(page, "failed");
    expect(await page.locator("#task [role=status]").innerText()).toBe("There is no text to score.");
    expect(await page.evaluate(readTotals)).toEqual(before);
  });

  it("deselects the passage when the text is edited, so that any can be chosen", async () => {
    const passage = page.getByLabel("or a passage");
    expect(await passage.inputValue()).toBe("");
    await passage.selectOption("The Devil's Dictionary: W");
    await ended(page, "done");
    expect((await page.evaluate(readTotals)).Tokens).toBe(246);
  });

  it("logged no error, and sent no request to another server", async () => {
    await pages.finish(page);
    page = await pages.open();
    await ended(page, "done");
  });
});

describe("tokens", () => {
  it("none is selected at first", async () => {
    expect(await page.locator("[aria-selected=true]").count()).toBe(0);
    expect(await page.locator("#plot .mark").getAttribute("visibility")).toBe("hidden");
    expect(await page.locator("#detail").innerText()).toBe("Point at a token, or go to one with the arrow keys.");
  });

  it("announces the totals", async () => {
    expect(await page.locator("#announcement").textContent()).toMatch(
      /^Loss 4\.0831 nats per token, Perplexity 59\.327 ± 10\.3, .*, Tokens 246 696 bytes\.$/,
    );
  });

  it("form one tab stop, with arrow keys inside", async () => {
    const inTabOrder = page.locator("[role=option][tabindex='0']");
    expect(await inTabOrder.count()).toBe(1);
    await inTabOrder.focus();
    const label = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label"));
    expect(await label()).toMatch(/^W: 13\.\d\d bits, rank \d+$/);
    await page.keyboard.press("ArrowRight");
    expect(await label()).toMatch(/^H: /);
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    expect(await label()).toMatch(/^W: /);
    await page.keyboard.press("End");
    expect(await label()).toMatch(/^\.: /);
    await page.keyboard.press("ArrowDown");
    expect(await label()).toMatch(/^\.: /);
    expect(await inTabOrder.count()).toBe(1);
    expect(await page.locator("[aria-selected=true]").count()).toBe(1);
  });

  it("shows details of the focused or pointed-at token", async () => {
    const told = () => page.getByRole("region", { name: "Token", exact: true }).innerText();
    await options().nth(17).hover();
    expect((await told()).replace(/\s+/g, " ")).toMatch(
      /^Token ably Position 18 Surprisal 4\.69 bits Probability 3\.9 % Log-probability -3\.2531 nats Rank 4 of 4,096 Entropy 7\.19 bits Expected most ate 14\.7 % able /,
    );
    expect(await page.locator("#detail [aria-current]").innerText()).toMatch(/^ably/);
    await options().nth(3).focus();
    expect(await told()).toContain("AT");
    // the tab key returns to it
    expect(await page.locator("[role=option][tabindex='0']").innerText()).toBe("AT");
  });

  it("shades by surprisal: more bits are darker", async () => {
    const heats = await options().evaluateAll((all) =>
      all.map((one) => ({
        bits: Number(/: ([\d.]+) bits/.exec(one.getAttribute("aria-label") ?? "")?.[1]),
        heat: Number.parseFloat((one as HTMLElement).style.getPropertyValue("--heat")),
      })),
    );
    expect(heats.length).toBe(246);
    for (const { bits, heat } of heats) expect(heat).toBeCloseTo((Math.min(bits, 16) / 16) * 100, 0);
  });

  it("links the plot with the text, both ways", async () => {
    const picture = page.locator("#plot svg");
    expect(await picture.getAttribute("aria-label")).toMatch(
      /^Surprisal of 246 tokens: mean 5\.89 bits, greatest 1\d\.\d\d bits at /,
    );
    expect(await page.locator("#plot .mark").getAttribute("visibility")).toBe("visible");
    const width = await picture.evaluate((svg) => svg.getBoundingClientRect().width);
    await picture.hover({ position: { x: ((100 + 0.5) / 246) * width, y: 50 } });
    expect(await options().nth(100).getAttribute("aria-selected")).toBe("true");
    await options().nth(7).hover();
    expect(await page.locator("#plot .mark").getAttribute("x")).toBe("7");
  });

  it("is readable in both colour schemes: the text on the hottest and the calmest shade", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await page.evaluate(contrastsOfLegend), colorScheme).toSatisfy((all: number[]) => Math.min(...all) >= 4.5);
    }
  });

  it("fits a narrow screen", async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  });

  it("logged no error", () => pages.finish(page));
});

/** Runs in the page: returns the WCAG 2 contrast of each painted step of the legend. */
function contrastsOfLegend(): number[] {
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("no canvas");
  const luminance = (color: string) => {
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    const [red, green, blue] = Array.from(context.getImageData(0, 0, 1, 1).data, (channel) => {
      const share = channel / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  return Array.from(document.querySelectorAll("#legend li"), (step) => {
    const { color, backgroundColor } = getComputedStyle(step);
    const [darker, lighter] = [luminance(color), luminance(backgroundColor)].sort((a, b) => a - b);
    return (lighter + 0.05) / (darker + 0.05);
  });
}

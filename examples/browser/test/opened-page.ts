import type { Browser, Page } from "playwright";
import { expect } from "vitest";
import { launchChromium } from "../chromium.mjs";
import { type Served, serve } from "./served.js";

/** Milliseconds until something must have happened: a hundred times what it takes, for machines that do other work as well. */
export const PATIENCE = 110_000;

/** The page's server and a browser, for the tests of a file. */
export class PageUnderTest {
  readonly #served: Served;
  readonly #browser: Browser;
  #complaints: string[] = [];

  private constructor(served: Served, browser: Browser) {
    this.#served = served;
    this.#browser = browser;
  }

  /** @param without headers that the server leaves out */
  static async start(without: readonly string[] = []): Promise<PageUnderTest> {
    return new PageUnderTest(await serve(without), await launchChromium());
  }

  /**
   * Opens the page in a context of its own.
   * @param prepare gets it before it loads
   */
  async open(prepare: (page: Page) => Promise<unknown> = async () => {}): Promise<Page> {
    const context = await this.#browser.newContext();
    context.setDefaultTimeout(PATIENCE);
    const page = await context.newPage();
    this.#complaints = [];
    const { origin } = new URL(this.#served.url);
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) this.#complaints.push(message.text());
    });
    page.on("pageerror", (error) => this.#complaints.push(String(error)));
    page.on("request", (request) => {
      const url = new URL(request.url());
      if (url.protocol.startsWith("http") && url.origin !== origin) this.#complaints.push(`asked ${url} for something`);
    });
    await prepare(page);
    await page.goto(this.#served.url);
    return page;
  }

  /** Closes an opened page, which must not have complained of anything, nor have asked another server. */
  async finish(page: Page): Promise<void> {
    expect(this.#complaints).toEqual([]);
    await page.context().close();
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.#served.close();
  }
}

/** Waits until the task of scoring has ended so. */
export async function ended(page: Page, state: "done" | "cancelled" | "failed", task = "task"): Promise<void> {
  await page.waitForFunction(
    ([id, wanted]) => {
      const now = document.getElementById(id)?.dataset.state;
      if (now !== "running" && now !== undefined && now !== wanted) throw new Error(`expected it ${wanted}, it has ${now}`);
      return now === wanted;
    },
    [task, state],
  );
}

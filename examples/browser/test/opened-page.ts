import type { Browser, Page } from "playwright";
import { expect } from "vitest";
import { launchChromium } from "../chromium.mjs";
import { type Served, serve } from "./served.js";

/** Timeout in milliseconds, a hundred times the usual duration, for busy machines. */
export const PATIENCE = 110_000;

/** The page's server and a browser, for the tests of one file. */
export class PageUnderTest {
  readonly #served: Served;
  readonly #browser: Browser;
  #complaints: string[] = [];

  private constructor(served: Served, browser: Browser) {
    this.#served = served;
    this.#browser = browser;
  }

  /** @param without names of headers that the server leaves out */
  static async start(without: readonly string[] = []): Promise<PageUnderTest> {
    return new PageUnderTest(await serve(without), await launchChromium());
  }

  /**
   * Opens the page in a new browser context.
   * @param prepare receives the page before it loads
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

  /** Closes an opened page and expects that it logged no error and sent no request to another server. */
  async finish(page: Page): Promise<void> {
    expect(this.#complaints).toEqual([]);
    await page.context().close();
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.#served.close();
  }
}

/** Waits until the scoring task has reached this state. */
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

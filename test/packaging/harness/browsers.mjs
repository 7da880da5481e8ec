// Chromium and Firefox, headless, started when first asked for.
import puppeteer from "puppeteer-core";
import { findBrowser, missing } from "../../../scripts/browsers.mjs";

const BROWSERS = {
  chromium: {
    browser: "chrome",
    // the rest of them: none of Chromium's own traffic
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  },
  firefox: { browser: "firefox" },
};

export function browsersOf() {
  const started = new Map();
  return {
    /** The browser of a name. */
    get(name) {
      if (!started.has(name)) {
        const executablePath = findBrowser(name);
        if (executablePath === undefined) throw new Error(missing(name));
        started.set(name, puppeteer.launch({ ...BROWSERS[name], executablePath, headless: true }));
      }
      return started.get(name);
    },
    async close() {
      for (const browser of started.values()) await (await browser).close();
    },
  };
}

// Debian's browsers, headless, started when first asked for.
import { existsSync } from "node:fs";
import puppeteer from "puppeteer-core";

const BROWSERS = {
  chromium: {
    browser: "chrome",
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
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
  firefox: { browser: "firefox", executablePath: process.env.FIREFOX ?? "/usr/bin/firefox-esr" },
};

export function browsersOf() {
  const started = new Map();
  return {
    /** The browser of a name. */
    get(name) {
      const { executablePath } = BROWSERS[name];
      if (!existsSync(executablePath)) throw new Error(`${name}: there is no ${executablePath}`);
      if (!started.has(name)) started.set(name, puppeteer.launch({ ...BROWSERS[name], headless: true }));
      return started.get(name);
    },
    async close() {
      for (const browser of started.values()) await (await browser).close();
    },
  };
}

// Chromium and Firefox, headless, started when first asked for.
import puppeteer from "puppeteer-core";
import { findBrowser, missing } from "../../../scripts/browsers.mjs";

const CHROMIUM = [
  "--no-sandbox",
  // none of Chromium's own traffic
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const BROWSERS = {
  chromium: { browser: "chrome", args: [...CHROMIUM, "--disable-gpu"] },
  // WebGPU computed by the processor
  webgpu: { browser: "chrome", args: [...CHROMIUM, "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"] },
  firefox: { browser: "firefox" },
};

export function browsersOf() {
  const started = new Map();
  return {
    /** The browser of a name. */
    get(name) {
      if (!started.has(name)) {
        const program = name === "webgpu" ? "chromium" : name;
        const executablePath = findBrowser(program);
        if (executablePath === undefined) throw new Error(missing(program));
        started.set(name, puppeteer.launch({ ...BROWSERS[name], executablePath, headless: true }));
      }
      return started.get(name);
    },
    async close() {
      for (const browser of started.values()) await (await browser).close();
    },
  };
}

// Launches Chromium, headless.
import { chromium } from "playwright";
import { findBrowser, missing } from "../../scripts/browsers.mjs";

export function launchChromium() {
  const executablePath = findBrowser("chromium");
  if (executablePath === undefined) throw new Error(missing("chromium"));
  return chromium.launch({
    executablePath,
    // the sandbox does not work for root; the other flags stop Chromium's own network traffic
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

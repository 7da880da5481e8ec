// The system's Chromium, headless: Debian's, or the one that CHROMIUM names.
import { chromium } from "playwright";

export function launchChromium() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    // no sandbox: it does not work for root; the rest: none of Chromium's own traffic
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

/** Finds or installs the browsers of the tests: an installed one, else Playwright's own, else Debian's package. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { chromium } from "playwright";

/** @typedef {"chromium" | "firefox"} BrowserName */

/** Without Playwright's Firefox, which has its own protocol: the tests drive Firefox by WebDriver BiDi. */
const BROWSERS = {
  chromium: {
    title: "Chromium",
    variable: "CHROMIUM",
    paths: () => ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", chromium.executablePath()],
    download: true,
    debian: "chromium",
  },
  firefox: {
    title: "Firefox",
    variable: "FIREFOX",
    paths: () => ["/usr/bin/firefox-esr", "/usr/bin/firefox"],
    download: false,
    debian: "firefox-esr",
  },
};

const MINUTE = 60_000;

/**
 * Path of a browser that starts: the one that its variable names, else one of the system, else Playwright's. Undefined if there
 * is none.
 *
 * @param {BrowserName} name
 * @returns {string | undefined}
 */
export function findBrowser(name) {
  const { variable, paths } = BROWSERS[name];
  const named = process.env[variable];
  if (named) {
    if (!existsSync(named)) throw new Error(`${variable}: there is no ${named}`);
    return named;
  }
  return paths().find((path) => existsSync(path) && starts(path));
}

/**
 * Finds a browser, or installs one if there is none.
 *
 * @param {BrowserName} name
 * @returns {string | undefined}
 */
export function setUpBrowser(name) {
  const { title, download, debian } = BROWSERS[name];
  const found = findBrowser(name);
  if (found !== undefined) return found;
  if (download) {
    process.stderr.write(`${title}: not found, downloading Playwright's\n`);
    const cli = join(dirname(createRequire(import.meta.url).resolve("playwright/package.json")), "cli.js");
    run(process.execPath, [cli, "install", name], 3 * MINUTE);
  }
  const downloaded = findBrowser(name);
  if (downloaded !== undefined) return downloaded;
  if (process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) {
    process.stderr.write(`${title}: installing Debian's package ${debian}\n`);
    run("apt-get", ["update", "-qq"], 3 * MINUTE);
    run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", debian], 10 * MINUTE);
  }
  return findBrowser(name);
}

/**
 * The message for a missing browser, with ways to get one.
 *
 * @param {BrowserName} name
 */
export function missing(name) {
  const { title, variable, debian } = BROWSERS[name];
  return `no ${title} found, and none could be installed: install one (apt-get install ${debian}) or name one in ${variable}`;
}

/**
 * Whether a browser starts: Playwright's download does not include the libraries it needs, so an existing file is not enough.
 *
 * @param {string} path
 */
function starts(path) {
  return spawnSync(path, ["--version"], { stdio: "ignore", timeout: MINUTE / 2 }).status === 0;
}

/**
 * Runs an installer. Its exit code is ignored, because the caller looks for the browser afterwards.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {number} timeout
 */
function run(command, args, timeout) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  spawnSync(command, args, { stdio: ["ignore", "ignore", "ignore"], timeout, killSignal: "SIGKILL", env });
}

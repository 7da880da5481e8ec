/** npm run bench:browser: times the suite `browser` in a page of headless Chromium; bench/README.md explains the results. */
import { fileURLToPath } from "node:url";
import { chromium } from "playwright";
import { createServer } from "vite";
import { findBrowser, missing } from "../scripts/browsers.mjs";
import { staleBuild } from "./harness/built.mjs";
import { HELP, parseOptions, UsageError } from "./harness/options.mjs";

/** @typedef {import("./browser/page.mjs").BenchPage} BenchPage */

/** Cross-origin isolation, which lets the page share memory with the engine's workers. */
const headers = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

/** The sandbox does not work for root; the other switches stop Chromium's own traffic. */
const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];

const OWN_HELP = HELP.replace("bench -- [suite...]", "bench:browser --")
  .replace(" (one suite only)", "")
  .replace(", and all suites", "");

const root = fileURLToPath(new URL("../", import.meta.url));

/** @param {import("./harness/options.mjs").Options} options */
async function main({ suites, shapes, variant, settings, json, whole }) {
  if (suites.length > 0) throw new UsageError(`expected no suite, got ${suites.join(" ")}`);
  const executablePath = findBrowser("chromium");
  if (executablePath === undefined) throw new Error(missing("chromium"));
  const stale = staleBuild();
  // dynamic imports, because these modules load build/, which staleBuild has checked
  const { resultText } = await import("../xent/build/bench/result-text.js");
  const { environment } = await import("./harness/environment.mjs");
  const { progress } = await import("./harness/progress.mjs");
  const { resultPath, writeCommittedResult, writeResult } = await import("./harness/results.mjs");

  const server = await createServer({
    configFile: false,
    root,
    logLevel: "warn",
    server: { port: 0, headers, hmr: false, watch: null },
    optimizeDeps: { noDiscovery: true },
  });
  await server.listen();
  const browser = await chromium.launch({ executablePath, args });
  try {
    const page = await browser.newPage();
    page.on("pageerror", (error) => progress(`the page: ${error}`));
    await page.exposeFunction("tell", progress);
    await page.goto(`${server.resolvedUrls?.local[0]}bench/browser/index.html`);
    await page.waitForFunction(() => "bench" in globalThis);
    const { isIsolated, threads } = await page.evaluate(() => ({
      isIsolated: crossOriginIsolated,
      threads: navigator.hardwareConcurrency,
    }));
    if (!isIsolated) throw new Error("the page is not cross-origin isolated: an engine would have one thread");

    const version = browser.version();
    const v8 = await (await browser.newBrowserCDPSession()).send("Browser.getVersion").then(({ jsVersion }) => jsVersion);
    const runtime = /** @type {const} */ ({ name: "chromium", version, major: Number.parseInt(version, 10), v8, flags: [] });
    const how = { shapes, variant, settings, environment: { ...environment(), runtime } };
    const result = await page.evaluate(
      ([given, count]) => /** @type {BenchPage} */ (/** @type {unknown} */ (globalThis)).bench.measure(given, count),
      /** @type {const} */ ([how, threads]),
    );
    progress("");
    process.stdout.write(`${resultText(result)}\n`);
    if (json !== undefined) writeResult(result, json);
    else if (whole) writeCommittedResult(result);
    const where = json ?? (whole ? resultPath(result) : undefined);
    process.stderr.write(where ? `written to ${where}\n` : "not written to bench/results, which holds whole runs only\n");
    if (stale !== undefined) process.stderr.write(`warning: ${stale}\n`);
  } finally {
    await browser.close();
    await server.close();
  }
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(OWN_HELP);
  else await main(options);
} catch (error) {
  const usage = error instanceof UsageError;
  process.stderr.write(`${usage ? `${error.message}\n\n${OWN_HELP}` : /** @type {Error} */ (error).stack}\n`);
  process.exitCode = usage ? 2 : 1;
}

/**
 * Tests in headless Chromium: the engine on pages with cross-origin isolation and without it, the suites of all backends, and pages
 * that tests in Node open. `npm run test:browser` sets the browser up (scripts/browsers.mjs).
 */
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { findBrowser, missing } from "./scripts/browsers.mjs";

const executablePath = findBrowser("chromium");
if (executablePath === undefined) throw new Error(missing("chromium"));
process.env.CHROMIUM = executablePath;

/** No sandbox: it does not work for root, which a container's user often is. */
const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];

const isolation = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "cross-origin",
};

const launchOptions = { executablePath, args };

/**
 * Suites over every backend that nothing of Node's is in. What differs here from Node is what the arrays are and live in, and the
 * compiler of the faster build; so: every function against PyTorch and the reference, every kind of array, views at odd places,
 * shared memory, 16-bit floats. The arithmetic at every size is Node's: test/browser/golden.test.ts holds the same bits here.
 */
const suites = [
  "test/conformance/backends.test.ts",
  "test/conformance/textbook.test.ts",
  "test/engine/local-engine.test.ts",
  "test/arguments/{accepted-input,bad-input}.test.ts",
  "test/losses/{cross-entropy,nll-loss,softmax,information,js-div-loss,elements,half,same-bits,large}.test.ts",
];

function inChromium(name: string, headers: Record<string, string>, include: readonly string[]) {
  return {
    server: { headers },
    test: {
      name,
      include: [...include],
      testTimeout: 120_000,
      browser: {
        enabled: true,
        headless: true,
        screenshotFailures: false,
        // to load the sources again in a page of its own takes a second and more per file
        isolate: false,
        provider: playwright({ launchOptions }),
        instances: [{ browser: "chromium" as const }],
      },
    },
  };
}

/** Tests in Node that start a Chromium of their own. */
const drivenFromNode = {
  test: {
    name: "driven from Node",
    include: ["{test,xent/test}/**/in-chromium.test.ts"],
    pool: "forks" as const,
    testTimeout: 120_000,
  },
};

export default defineConfig({
  test: {
    projects: [
      drivenFromNode,
      inChromium("isolated", isolation, [
        "test/browser/golden.test.ts",
        "test/browser/isolated.test.ts",
        "test/browser/kernel-text.test.ts",
      ]),
      inChromium("unshared", {}, ["test/browser/golden.test.ts", "test/browser/unshared.test.ts"]),
      inChromium("suites", isolation, suites),
    ],
  },
});

import { defineConfig } from "vitest/config";

// Node 20 knows relaxed SIMD behind a flag only; with it both builds run through every suite there too.
const major = Number(process.versions.node.split(".")[0]);

export default defineConfig({
  test: {
    include: ["{test,xent/test}/**/*.test.ts"],
    // tests of packages that test/packaging has installed; and those that need Chromium (vitest.browser.config.ts)
    exclude: ["**/node_modules/**", "test/browser/**", "**/in-chromium.test.ts"],
    pool: "forks",
    // by default one processor is left alone
    maxWorkers: "100%",
    execArgv: major < 21 ? ["--experimental-wasm-relaxed-simd"] : [],
    testTimeout: 120_000,
    setupFiles: ["test/support/fixed-seed.ts"],
  },
});

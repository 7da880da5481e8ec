import { defineConfig } from "vitest/config";

// Node 20 knows relaxed SIMD behind a flag only; with it both builds run through every suite there too.
const major = Number(process.versions.node.split(".")[0]);

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // these run in Chromium: vitest.browser.config.ts
    exclude: ["test/browser/**"],
    pool: "forks",
    execArgv: major < 21 ? ["--experimental-wasm-relaxed-simd"] : [],
    testTimeout: 120_000,
  },
});

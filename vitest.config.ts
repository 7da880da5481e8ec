import { defineConfig } from "vitest/config";

// Node 20 knows relaxed SIMD behind a flag only; with it both builds run through every suite there too.
const major = Number(process.versions.node.split(".")[0]);

/** Files about the start of a process or its memory. They must not see what other files have loaded and allocated. */
const alone = [
  "test/engine/!(groups|partition|protocol).test.ts",
  "test/memory/{constant-memory,shared-memory}.test.ts",
  "test/wasm/*.test.ts",
];

/** Tests of packages that test/packaging has installed, those that need Chromium (vitest.browser.config.ts), and long ones. */
const exclude = ["**/node_modules/**", "test/browser/**", "**/in-chromium.test.ts", "xent/test/long/**"];

export const settings = {
  pool: "forks" as const,
  // by default one processor is left alone
  maxWorkers: "100%",
  execArgv: major < 21 ? ["--experimental-wasm-relaxed-simd"] : [],
  testTimeout: 120_000,
  hookTimeout: 120_000,
  setupFiles: ["test/support/fixed-seed.ts"],
  // half of the random cases; vitest.long.config.ts has all of them
  env: { FC_RUNS: process.env.FC_RUNS ?? "0.5" },
};

export default defineConfig({
  test: {
    maxWorkers: settings.maxWorkers,
    projects: [
      // last, when what npm test runs beside has ended: threads that wait for each other need processors of their own
      { test: { ...settings, name: "alone", include: alone, exclude, sequence: { groupOrder: 1 } } },
      // a process of its own takes half a second per file, to start and to load the sources
      {
        test: {
          ...settings,
          name: "together",
          sequence: { groupOrder: 0 },
          isolate: false,
          include: ["{test,xent/test}/**/*.test.ts"],
          exclude: [...exclude, ...alone],
        },
      },
    ],
  },
});

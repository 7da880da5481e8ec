import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // every file starts a browser: run them one after the other on machines with few cores
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});

import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // a browser each, on machines of few cores: one after the other
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});

/**
 * What `npm test` runs a part of (`npm run test:long`): workers killed 200 times, every engine with arrays in every place, the largest
 * searches through the pool's protocol, twice the random cases, every interruption and every change of a checkpoint; large files.
 */
import { defineConfig } from "vitest/config";
import { findRedis } from "./scripts/redis.mjs";
import { settings } from "./vitest.config.js";

export default defineConfig({
  test: {
    ...settings,
    env: { TEST_LONG: "1", FC_RUNS: "1" },
    include: [
      "test/engine/{bits,faults,protocol}.test.ts",
      "test/losses/{gradients,half}.test.ts",
      "test/scoring/{compare-logits,score-tokens}.test.ts",
      "xent/test/cli/{interruption,memory,tampered}.test.ts",
      "xent/test/long/*.test.ts",
    ],
    exclude: ["**/node_modules/**", ...(findRedis() === undefined ? ["xent/test/long/queue.test.ts"] : [])],
  },
});

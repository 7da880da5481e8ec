/** The tests that notice edits of a folder (`npm run mutate`, scripts/mutate.mjs): Stryker runs them in a thread of each process. */
import { defineConfig } from "vitest/config";
import all from "./vitest.config.js";

export default defineConfig({
  test: { ...all.test, include: JSON.parse(process.env.MUTATE_TESTS ?? "[]"), execArgv: [] },
});

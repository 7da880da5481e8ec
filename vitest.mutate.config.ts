/** The tests that notice edits of a folder, and the folder's sources with the edits (`npm run mutate`, scripts/mutate.mjs). */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { settings } from "./vitest.config.js";

const patterns: readonly string[] = JSON.parse(process.env.MUTATE_TESTS ?? "[]");
const sources: Readonly<Record<string, string>> = JSON.parse(readFileSync(process.env.MUTATE_SOURCES ?? "", "utf8"));
const edited = new Map(Object.entries(sources).map(([path, text]) => [resolve(path), text]));

/** Files in the order of the patterns: the first ones notice most edits, and the others then need not try these. */
class InOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const folders = patterns.map((pattern) => pattern.replace(/[^/]*$/, ""));
    const rank = ({ moduleId }: TestSpecification) => folders.findIndex((folder) => moduleId.startsWith(resolve(folder)));
    return [...files].sort((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  plugins: [{ name: "edited-sources", enforce: "pre", load: (id) => edited.get(id) }],
  test: {
    ...settings,
    include: [...patterns],
    isolate: false,
    maxWorkers: 1,
    // An edit that is on in the whole process needs no runner of its own. Others may throw after their test, when nobody waits.
    ...(process.env.__STRYKER_ACTIVE_MUTANT__ === undefined
      ? { runner: "scripts/mutate-runner.ts", dangerouslyIgnoreUnhandledErrors: true }
      : { bail: 1 }),
    sequence: { sequencer: InOrder },
  },
});

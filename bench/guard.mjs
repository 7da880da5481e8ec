/**
 * npm run bench:guard: fails if a kernel's ratio to the JS loop is more than 15 % below the committed result of the same version
 * of Node. bench/README.md explains what it measures and how it decides.
 */
import { parseArgs } from "node:util";
import { staleBuild } from "./harness/built.mjs";
import { guarded, hasFallen, hold, MOST_FALL } from "./harness/guard.mjs";

/** @type {Record<import("./harness/guard.mjs").Length, import("../xent/build/bench/types.js").Settings>} */
const SETTINGS = {
  short: { mode: "quick", rounds: 5, minTime: 0.004, warmUpRounds: 8 },
  long: { mode: "quick", rounds: 15, minTime: 0.02, warmUpRounds: 15 },
};

/** @returns {Promise<boolean>} whether all ratios held */
async function main() {
  parseArgs({ options: {} });
  const stale = staleBuild();
  if (stale !== undefined) throw new Error(stale);
  // dynamic imports, because these modules load build/, which staleBuild has checked
  const { threeDigits } = await import("../xent/build/bench/format.js");
  const { measureSuite } = await import("../xent/build/bench/measure.js");
  const { tableLines } = await import("../xent/build/report/table.js");
  const { environment } = await import("./harness/environment.mjs");
  const { progress } = await import("./harness/progress.mjs");
  const { readResults } = await import("./harness/results.mjs");
  const { makeSampler } = await import("./harness/sampler.mjs");
  const { forward } = await import("./suites/forward.mjs");
  const { gradient } = await import("./suites/gradient.mjs");
  const { losses } = await import("./suites/losses.mjs");

  const here = environment();
  const { cpu, runtime } = here;
  const results = readResults().filter((result) => result.environment.runtime.major === runtime.major);
  /** @type {import("./harness/guard.mjs").Measure} */
  const measure = (suite, length) =>
    measureSuite(suite, { variant: "both", settings: SETTINGS[length], environment: here, makeSampler }, progress);

  /** @type {import("./harness/guard.mjs").Held[]} */
  const all = [];
  for (const suite of [forward, gradient, losses]) {
    const committed = results.find(({ name }) => name === suite.name);
    if (!committed) throw new Error(`bench/results/${suite.name}-node${runtime.major}.json is missing: nothing to compare with`);
    const { environment: before, date } = committed;
    if (before.cpu !== cpu) {
      process.stderr.write(`warning: ${suite.name} was measured on ${before.cpu}, this is ${cpu}: ratios differ between them\n`);
    }
    const held = await hold(guarded(suite), committed, measure);
    progress("");
    if (held.length === 0) throw new Error(`${suite.name}: the committed result has no contender in common with this run`);
    all.push(...held);
    const cells = held.map((one) => [
      one.line,
      one.label,
      `${threeDigits(one.committed)}x`,
      ...(Number.isNaN(one.measured) ? ["not run", ""] : [`${threeDigits(one.measured)}x`, change(one)]),
      `${hasFallen(one) ? "fallen" : ""}${one.again ? " (measured twice)" : ""}`.trim(),
    ]);
    const [left, right] = /** @type {const} */ (["left", "right"]);
    const columns = [
      { heading: suite.name, align: left },
      { heading: "contender", align: left },
      { heading: `of ${date.slice(0, 10)}`, align: right },
      { heading: "now", align: right },
      { heading: "change", align: right },
      { heading: "", align: left },
    ];
    process.stdout.write(`${tableLines(columns, cells).join("\n")}\n\n`);
  }
  const fallen = all.filter(hasFallen).length;
  const verdict = fallen === 0 ? "held" : `${fallen} have fallen by more than ${MOST_FALL * 100} %`;
  process.stdout.write(`${all.length} ratios to the JS loop: ${verdict}\n`);
  return fallen === 0;
}

/** @param {import("./harness/guard.mjs").Held} held */
function change({ committed, measured }) {
  return `${((measured / committed - 1) * 100).toFixed(0)} %`;
}

try {
  if (!(await main())) process.exitCode = 1;
} catch (error) {
  process.stderr.write(`bench:guard: ${/** @type {Error} */ (error).message}\n`);
  process.exitCode = 1;
}

/** npm run bench: times every suite and writes the results; bench/README.md explains them. */
import { staleBuild } from "./harness/built.mjs";
import { HELP, parseOptions, UsageError } from "./harness/options.mjs";

/** @typedef {import("./harness/options.mjs").Options} Options */

/** @param {Options} options */
async function main(options) {
  const stale = staleBuild();
  // dynamic imports, because these modules load build/, which staleBuild has checked
  const { measureSuite } = await import("../xent/build/bench/measure.js");
  const { resultText } = await import("../xent/build/bench/result-text.js");
  const { suites, suitesByName } = await import("./suites/index.mjs");
  const { environment } = await import("./harness/environment.mjs");
  const { progress } = await import("./harness/progress.mjs");
  const { resultPath, writeCommittedResult, writeResult } = await import("./harness/results.mjs");
  const { makeSampler } = await import("./harness/sampler.mjs");

  const names = [...suites, ...suitesByName].map(({ name }) => name);
  const unknown = options.suites.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new UsageError(`suite: expected ${names.join(" or ")}, got ${JSON.stringify(unknown)}`);
  const isFull = options.settings.mode === "full";
  const all = [...suites, ...suitesByName];
  const chosen =
    options.suites.length === 0
      ? suites.filter(({ fullOnly }) => isFull || !fullOnly)
      : all.filter(({ name }) => options.suites.includes(name));
  if (options.json !== undefined && chosen.length > 1) throw new UsageError("--json: name one suite");

  for (const suite of chosen) {
    const result = await measureSuite(suite, { ...options, environment: environment(), makeSampler }, progress);
    progress("");
    process.stdout.write(`${resultText(result)}\n`);
    if (options.json !== undefined) {
      writeResult(result, options.json);
    } else if (options.whole) {
      writeCommittedResult(result);
      process.stderr.write(`written to ${resultPath(result)}\n`);
    } else {
      process.stderr.write("not written to bench/results, which holds whole runs only: --json FILE keeps it\n");
    }
  }
  if (stale !== undefined) process.stderr.write(`warning: ${stale}\n`);
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(HELP);
  else await main(options);
} catch (error) {
  const usage = error instanceof UsageError;
  process.stderr.write(`${usage ? `${error.message}\n\n${HELP}` : /** @type {Error} */ (error).stack}\n`);
  process.exitCode = usage ? 2 : 1;
}

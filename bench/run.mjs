/** npm run bench: times every suite and writes what it measured. How to read it: bench/README.md. */
import { staleBuild } from "./harness/built.mjs";
import { environment } from "./harness/environment.mjs";
import { HELP, parseOptions, UsageError } from "./harness/options.mjs";
import { resultPath, writeCommittedResult, writeResult } from "./harness/results.mjs";

/** @typedef {import("./harness/types.mjs").Suite} Suite */
/** @typedef {import("./harness/options.mjs").Options} Options */

/**
 * @param {Suite} suite
 * @param {Options} options
 * @param {(text: string) => void} progress
 * @returns {Promise<import("./harness/types.mjs").Result>}
 */
async function measureSuite(suite, { shapes = [...suite.shapes], variant, settings }, progress) {
  const { measureShape } = await import("./harness/measure.mjs");
  const wanted = suite.contenders.filter((contender) => variant === "both" || (contender.variant ?? variant) === variant);
  /** @type {Record<string, string>} */
  const missing = {};
  for (const contender of wanted) {
    const why = contender.missing();
    if (why !== undefined) missing[contender.id] = why;
  }
  const contenders = wanted.filter(({ id }) => missing[id] === undefined);

  const started = { date: new Date().toISOString(), environment: environment() };
  const measured = [];
  for (const shape of shapes) {
    const label = `${suite.name}, ${shape.rows} x ${shape.classes}`;
    measured.push(await measureShape(suite, shape, contenders, settings, (step) => progress(`${label}: ${step}`)));
  }
  progress("");
  return {
    schema: 1,
    name: suite.name,
    title: suite.title,
    ...started,
    options: { ...settings, logits: suite.logits, baseline: suite.baseline },
    missing,
    shapes: measured,
  };
}

/** @param {Options} options */
async function main(options) {
  const stale = staleBuild();
  // These load build/, which the line above has seen to be there.
  const { suites } = await import("./suites/index.mjs");
  const { progress, resultText } = await import("./harness/print.mjs");

  const names = suites.map(({ name }) => name);
  const unknown = options.suites.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new UsageError(`suite: expected ${names.join(" or ")}, got ${JSON.stringify(unknown)}`);
  const chosen = suites.filter(({ name }) => options.suites.length === 0 || options.suites.includes(name));
  if (options.json !== undefined && chosen.length > 1) throw new UsageError("--json: name one suite");

  for (const suite of chosen) {
    const result = await measureSuite(suite, options, progress);
    process.stdout.write(`${resultText(result)}\n`);
    if (options.json !== undefined) {
      writeResult(result, options.json);
    } else if (options.shapes === undefined && options.variant === "both") {
      writeCommittedResult(result);
      process.stderr.write(`written to ${resultPath(result)}\n`);
    } else {
      // The committed file holds complete runs only.
      process.stderr.write("not written to bench/results: a part of the suite only (--json FILE keeps it)\n");
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

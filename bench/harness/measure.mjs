import { checkRows, checkValue } from "./check.mjs";
import { figuresOf } from "./figures.mjs";
import { takeTurns, warmUp } from "./rounds.mjs";
import { Sampler } from "./sampler.mjs";

/**
 * @typedef {import("./types.mjs").Suite} Suite
 * @typedef {import("./types.mjs").Shape} Shape
 * @typedef {import("./types.mjs").Contender} Contender
 * @typedef {import("./types.mjs").Settings} Settings
 * @typedef {import("./types.mjs").ShapeFigures} ShapeFigures
 * @typedef {import("./types.mjs").Opened} Opened
 */

/**
 * A suite, shape by shape. Nothing here needs Node: where it runs is told by the caller.
 *
 * @param {Suite} suite
 * @param {object} how
 * @param {readonly Shape[] | undefined} [how.shapes] instead of the suite's
 * @param {"plain" | "relaxed" | "both"} how.variant which of the package's builds
 * @param {Settings} how.settings
 * @param {import("./environment.mjs").Environment} how.environment
 * @param {(text: string) => void} progress
 * @returns {Promise<import("./types.mjs").Result>}
 * @throws {Error} when a contender's result is off by more than its bound
 */
export async function measureSuite(suite, { shapes = suite.shapes, variant, settings, environment }, progress) {
  const date = new Date().toISOString();
  /** @type {Contender[]} */
  const contenders = [];
  /** @type {Record<string, string>} */
  const missing = {};
  for (const contender of suite.contenders) {
    if (variant !== "both" && contender.variant !== undefined && contender.variant !== variant) continue;
    const why = await contender.missing();
    if (why === undefined) contenders.push(contender);
    else missing[contender.id] = why;
  }

  const measured = [];
  for (const shape of shapes) {
    const label = `${suite.name}, ${shape.rows} x ${shape.classes}`;
    measured.push(await measureShape(suite, shape, contenders, settings, (step) => progress(`${label}: ${step}`)));
  }
  const { name, title, logits, baseline } = suite;
  return { schema: 1, name, title, date, environment, options: { ...settings, logits, baseline }, missing, shapes: measured };
}

/**
 * One shape of a suite: every contender is opened and checked, all are warmed up, then they take turns.
 *
 * @param {Suite} suite
 * @param {Shape} shape
 * @param {readonly Contender[]} contenders the ones that can run here; the baseline is among them
 * @param {Settings} settings
 * @param {(step: string) => void} progress
 * @returns {Promise<ShapeFigures>}
 * @throws {Error} when a contender's result is off by more than its bound
 */
async function measureShape(suite, shape, contenders, settings, progress) {
  progress("reference");
  const problem = suite.problem(shape);
  const expected = suite.expected(problem);

  /** @type {Opened[]} */
  const open = [];
  const entrants = [];
  try {
    for (const contender of contenders) {
      progress(`check of ${contender.label}`);
      const opened = await contender.open(problem);
      open.push(opened);
      const rowError = checkRows(contender.label, await opened.rowLosses(), expected, contender.bound);
      checkValue(contender.label, await opened.run(), expected, contender.bound);
      const { minTime } = settings;
      const sampler = new Sampler(contender.label, opened.run, { async: contender.async ?? false, minTime });
      entrants.push({ contender, rowError, sampler });
    }

    const samplers = entrants.map((entrant) => entrant.sampler);
    progress("warm-up");
    const warmUpRounds = await warmUp(samplers, settings.warmUpRounds);
    const { rounds } = settings;
    const samples = await takeTurns(samplers, rounds, (round) => progress(`round ${round + 1} of ${rounds}`));

    const baseline = samples[entrants.findIndex(({ contender }) => contender.id === suite.baseline)];
    const figures = entrants.map(({ contender, rowError, sampler }, index) => {
      // Once more at the end: what was timed must still have been right then.
      checkValue(contender.label, sampler.lastValue, expected, contender.bound);
      return figuresOf(contender, problem, { rowError, samples: samples[index], baseline });
    });
    return { rows: shape.rows, classes: shape.classes, warmUpRounds, contenders: figures };
  } finally {
    for (const opened of open) opened.close();
  }
}

import { checkRows, checkValue } from "./check.mjs";
import { figuresOf } from "./figures.mjs";
import { takeTurns, warmUp } from "./rounds.mjs";
import { Sampler } from "./sampler.mjs";

/**
 * One shape of a suite: every contender is opened and checked, all are warmed up, then they take turns.
 *
 * @param {import("./types.mjs").Suite} suite
 * @param {import("./types.mjs").Shape} shape
 * @param {readonly import("./types.mjs").Contender[]} contenders the ones that can run here; the baseline is among them
 * @param {import("./types.mjs").Settings} settings
 * @param {(step: string) => void} progress
 * @returns {Promise<import("./types.mjs").ShapeFigures>}
 * @throws {Error} when a contender's result is off by more than its bound
 */
export async function measureShape(suite, shape, contenders, settings, progress) {
  progress("reference");
  const problem = suite.problem(shape);
  const expected = suite.expected(problem);

  /** @type {import("./types.mjs").Opened[]} */
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

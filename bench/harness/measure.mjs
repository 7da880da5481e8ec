import { checkGrad, checkRows, checkValue } from "./check.mjs";
import { figuresOf, timesOver } from "./figures.mjs";
import { takeTurns, warmUp } from "./rounds.mjs";
import { Sampler } from "./sampler.mjs";

/**
 * @typedef {import("./types.mjs").Suite} Suite
 * @typedef {import("./types.mjs").Group} Group
 * @typedef {import("./types.mjs").Shape} Shape
 * @typedef {import("./types.mjs").Contender} Contender
 * @typedef {import("./types.mjs").Settings} Settings
 * @typedef {import("./types.mjs").LineFigures} LineFigures
 * @typedef {import("./types.mjs").Opened} Opened
 * @typedef {import("./types.mjs").Expected} Expected
 * @typedef {import("./types.mjs").FloatType} FloatType
 * @typedef {{ problem: import("./types.mjs").Problem, expected: (type: FloatType) => Expected }} Task
 */

/**
 * A suite, shape by shape and group by group. Nothing here needs Node: where it runs is told by the caller.
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
  const { groups, missing } = await ableToRun(suite.groups, variant);
  if (groups.length === 0) throw new Error(`${suite.name}: nothing of it can run here, ${Object.values(missing)[0]}`);

  /** @type {LineFigures[]} */
  const measured = [];
  for (const shape of shapes) {
    /** @type {Task | undefined} */
    let task;
    for (const [index, group] of groups.entries()) {
      const label = labelOf(shape, group, shapes.length);
      /** @param {string} step */
      const tell = (step) => progress(`${suite.name}, ${label ?? `${shape.rows} x ${shape.classes}`}: ${step}`);
      tell("input");
      if (!task || group.source !== groups[index - 1].source) task = taskOf(group.source, shape);
      const figures = await measureGroup(group, task, settings, tell);
      measured.push({ rows: shape.rows, classes: shape.classes, ...(label !== undefined && { label }), ...figures });
    }
  }
  const { name, title, input, labels } = suite;
  const lines = labels === undefined || shapes.length === 1 ? labels : `rows x classes, ${labels}`;
  const options = { ...settings, input, ...(lines !== undefined && { lines }) };
  return { schema: 1, name, title, date, environment, options, missing, shapes: measured };
}

/**
 * @param {readonly Group[]} groups
 * @param {"plain" | "relaxed" | "both"} variant
 * @returns {Promise<{ groups: Group[], missing: Record<string, string> }>} the groups with the contenders that are wanted and
 *   can run here, those without any left out, and why the others cannot
 */
async function ableToRun(groups, variant) {
  /** @type {Record<string, string>} */
  const missing = {};
  /** @type {Group[]} */
  const able = [];
  for (const group of groups) {
    /** @type {Contender[]} */
    const contenders = [];
    for (const contender of group.contenders) {
      if (variant !== "both" && contender.variant !== undefined && contender.variant !== variant) continue;
      const why = await contender.missing();
      if (why === undefined) contenders.push(contender);
      else missing[contender.id] = why;
    }
    if (contenders.length > 0) able.push({ ...group, contenders });
  }
  return { groups: able, missing };
}

/**
 * @param {Shape} shape
 * @param {Group} group
 * @param {number} shapes how many there are
 */
function labelOf({ rows, classes }, { label }, shapes) {
  return label === undefined || shapes === 1 ? label : `${rows} x ${classes}, ${label}`;
}

/**
 * The problem of a source and what is expected of it, which takes the reference seconds: once a type.
 *
 * @param {import("./types.mjs").Source} source
 * @param {Shape} shape
 * @returns {Task}
 */
function taskOf(source, shape) {
  const problem = source.problem(shape);
  /** @type {Map<FloatType, Expected>} */
  const known = new Map();
  return {
    problem,
    expected: (type) => {
      const expected = known.get(type) ?? source.expected(problem, type);
      known.set(type, expected);
      return expected;
    },
  };
}

/**
 * A group at one shape: every contender is opened and checked, all are warmed up, then they take turns.
 *
 * @param {Group} group with the contenders that can run here, the baseline first
 * @param {Task} task
 * @param {Settings} settings
 * @param {(step: string) => void} progress
 * @returns {Promise<Pick<LineFigures, "warmUpRounds" | "contenders" | "comparisons">>}
 * @throws {Error} when a contender's result is off by more than its bound
 */
async function measureGroup({ contenders, comparisons = [] }, { problem, ...task }, settings, progress) {
  /** @type {Opened[]} */
  const open = [];
  const entrants = [];
  try {
    for (const contender of contenders) {
      progress(`reference of ${contender.label}`);
      const expected = task.expected(contender.type ?? "float32");
      progress(`check of ${contender.label}`);
      const opened = await contender.open(problem);
      open.push(opened);
      const { label, bound } = contender;
      const rowError = opened.rowLosses && checkRows(label, await opened.rowLosses(), expected.rows, bound);
      /** @param {number} value what the timed call has returned */
      const check = async (value) => {
        checkValue(label, value, expected, bound);
        return opened.grad && checkGrad(label, await opened.grad.read(), expected.grad, problem.classes);
      };
      const gradError = await check(await opened.run());
      // so that what is there at the end was written by the timed calls
      await opened.grad?.clear();
      const { minTime } = settings;
      const sampler = opened.sampler?.(minTime) ?? new Sampler(label, opened.run, { async: contender.async ?? false, minTime });
      entrants.push({ contender, rowError, gradError, sampler, check });
    }

    const samplers = entrants.map((entrant) => entrant.sampler);
    progress("warm-up");
    const warmUpRounds = await warmUp(samplers, settings.warmUpRounds);
    const { rounds } = settings;
    const samples = await takeTurns(samplers, rounds, (round) => progress(`round ${round + 1} of ${rounds}`));

    // Once more at the end: what was timed must still have been right then.
    for (const { sampler, check } of entrants) await check(sampler.lastValue);
    const figures = entrants.map(({ contender, rowError, gradError }, index) =>
      figuresOf(contender, problem, { rowError, gradError, samples: samples[index], baseline: samples[0] }),
    );
    /** @param {string} id */
    const samplesOf = (id) => samples[contenders.findIndex((contender) => contender.id === id)];
    const compared = comparisons
      .filter(({ of, over }) => samplesOf(of) && samplesOf(over))
      .map(({ label, of, over }) => ({ label, ratio: timesOver(samplesOf(of), samplesOf(over)) }));
    return { warmUpRounds, contenders: figures, ...(compared.length > 0 && { comparisons: compared }) };
  } finally {
    for (const opened of open) await opened.close();
  }
}

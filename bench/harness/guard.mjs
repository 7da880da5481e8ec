/**
 * The comparison of npm run bench:guard: each contender's ratio to the JS loop, against the ratio in a committed result. Both
 * times of a ratio come from one run, so a slow or busy machine hardly changes it, but a slower kernel does.
 */

/**
 * @typedef {import("../../xent/build/bench/types.js").Group} Group
 * @typedef {import("../../xent/build/bench/types.js").LineFigures} LineFigures
 * @typedef {import("../../xent/build/bench/types.js").Result} Result
 * @typedef {import("../../xent/build/bench/types.js").Shape} Shape
 * @typedef {import("../../xent/build/bench/types.js").Suite} Suite
 *
 * @typedef {object} Held one contender at one shape
 * @property {string} line
 * @property {string} id
 * @property {string} label
 * @property {number} committed the baseline's time over its own in the committed result
 * @property {number} measured the same ratio, now
 * @property {boolean} again whether it was measured twice, because the first ratio was too low
 *
 * @typedef {"short" | "long"} Length of a measurement
 * @typedef {(suite: Suite, length: Length) => Promise<Result>} Measure
 */

/** The share by which a ratio may fall: quick runs of one build differ by up to a tenth. */
export const MOST_FALL = 0.15;

/** Most elements of a shape: for larger ones the reference alone takes longer than the guard may. */
const MOST_ELEMENTS = 10_000_000;

/** @param {Pick<Held, "committed" | "measured">} held */
export function hasFallen({ committed, measured }) {
  // in this form a NaN counts as fallen
  return !(measured >= (1 - MOST_FALL) * committed);
}

/**
 * The guarded part of a suite: the JS loop, and the package's contenders that the tables show.
 *
 * @param {Suite} suite
 * @returns {Suite}
 */
export function guarded(suite) {
  return {
    ...suite,
    shapes: suite.shapes.filter(({ rows, classes }) => rows * classes <= MOST_ELEMENTS),
    groups: suite.groups.map((group) => ({
      ...group,
      comparisons: [],
      contenders: group.contenders.filter((contender, index) => index === 0 || isOwn(contender)),
    })),
  };
}

/**
 * Measures a suite and compares it. A line with a fall is measured again, for longer, and the second result counts.
 *
 * @param {Suite} suite
 * @param {Result} committed of the same suite
 * @param {Measure} measure
 * @returns {Promise<Held[]>}
 */
export async function hold(suite, committed, measure) {
  const lines = suite.shapes.flatMap((shape) => suite.groups.map((group) => ({ shape, group })));
  const { shapes: measured } = await measure(suite, "short");
  if (measured.length !== lines.length) throw new Error(`${suite.name}: ${lines.length} lines, measured ${measured.length}`);

  /** @type {Held[]} */
  const all = [];
  for (const [index, { shape, group }] of lines.entries()) {
    const before = committedLine(committed, shape, group);
    if (!before) continue;
    let held = compare(before, measured[index]);
    if (held.some(hasFallen)) {
      const { shapes } = await measure({ ...suite, shapes: [shape], groups: [group] }, "long");
      held = compare(before, shapes[0]).map((one) => ({ ...one, again: true }));
    }
    all.push(...held);
  }
  return all;
}

/**
 * @param {Result} committed
 * @param {Shape} shape
 * @param {Group} group
 */
function committedLine(committed, { rows, classes }, { label }) {
  const labels = [label, `${rows} x ${classes}, ${label}`];
  return committed.shapes.find(
    (line) => line.rows === rows && line.classes === classes && (label === undefined || labels.includes(line.label)),
  );
}

/**
 * Compares the package's contenders of the committed line. One that no longer runs (without relaxed SIMD, say) counts as fallen.
 *
 * @param {LineFigures} committed
 * @param {LineFigures} measured
 * @returns {Held[]}
 */
function compare(committed, measured) {
  const line = committed.label ?? `${committed.rows} x ${committed.classes}`;
  return committed.contenders.filter(isOwn).map(({ id, label, ratio }) => {
    const now = measured.contenders.find((figures) => figures.id === id)?.ratio.median ?? Number.NaN;
    return { line, id, label, committed: ratio.median, measured: now, again: false };
  });
}

/** @param {Pick<import("../../xent/build/bench/types.js").Contender, "variant" | "detail">} contender */
function isOwn({ variant, detail }) {
  return variant !== undefined && !detail;
}

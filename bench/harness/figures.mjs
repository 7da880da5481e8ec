import { spread } from "./statistics.mjs";

/** @type {Record<import("./types.mjs").FloatType, number>} */
const BYTES_PER_ELEMENT = { float32: 4, float16: 2, bfloat16: 2 };

/**
 * What a contender's samples come to; units in bench/README.md.
 *
 * @param {import("./types.mjs").Contender} contender
 * @param {import("./types.mjs").Problem} problem
 * @param {object} measured
 * @param {string | undefined} measured.version
 * @param {number | undefined} measured.rowError
 * @param {number | undefined} measured.gradError
 * @param {readonly number[]} measured.samples seconds a call, one a round
 * @param {readonly number[]} measured.baseline
 * @returns {import("./types.mjs").Figures}
 */
export function figuresOf(contender, problem, { version, rowError, gradError, samples, baseline }) {
  const { id, label, variant, data, type = "float32", detail, peer, bound } = contender;
  const { elements } = problem;
  const nsPerElement = spread(samples.map((seconds) => (seconds * 1e9) / elements));
  return {
    id,
    label,
    ...(variant && { variant }),
    data,
    ...(type !== "float32" && { type }),
    ...(detail && { detail }),
    ...(peer !== undefined && { peer }),
    ...(version !== undefined && { version }),
    ...(rowError !== undefined && { rowError }),
    bound,
    ...(gradError !== undefined && { gradError }),
    nsPerElement,
    ratio: timesOver(baseline, samples),
    elementsPerSecond: 1e9 / nsPerElement.median,
    gigabytesPerSecond: BYTES_PER_ELEMENT[type] / nsPerElement.median,
    samples: [...samples],
  };
}

/**
 * The times of one contender over those of another. Within a round both had the same machine; across rounds it may have been
 * another one. So: ratios first, then the median.
 *
 * @param {readonly number[]} times seconds a call, one a round
 * @param {readonly number[]} others
 */
export function timesOver(times, others) {
  return spread(times.map((seconds, round) => seconds / others[round]));
}

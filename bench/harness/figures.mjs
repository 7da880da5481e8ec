import { spread } from "./statistics.mjs";

const BYTES_PER_ELEMENT = 4;

/**
 * What a contender's samples come to; units in bench/README.md.
 *
 * @param {import("./types.mjs").Contender} contender
 * @param {import("./types.mjs").Problem} problem
 * @param {{ rowError: number, samples: readonly number[], baseline: readonly number[] }} measured seconds a call, one a round
 * @returns {import("./types.mjs").Figures}
 */
export function figuresOf(contender, problem, { rowError, samples, baseline }) {
  const { id, label, variant, data, bound } = contender;
  const { elements } = problem;
  const nsPerElement = spread(samples.map((seconds) => (seconds * 1e9) / elements));
  // Within a round both had the same machine; across rounds it may have been another one. So: ratios first, then the median.
  const ratio = spread(samples.map((seconds, round) => baseline[round] / seconds));
  return {
    id,
    label,
    ...(variant && { variant }),
    data,
    rowError,
    bound,
    nsPerElement,
    ratio,
    elementsPerSecond: 1e9 / nsPerElement.median,
    gigabytesPerSecond: BYTES_PER_ELEMENT / nsPerElement.median,
    samples: [...samples],
  };
}

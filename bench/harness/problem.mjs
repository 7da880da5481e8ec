import { fillNormal, uniform } from "./random.mjs";

/** Standard deviation of the logits: about what a language model gives. */
const DEVIATION = 3;

export const LOGITS = `f32, N(0, ${DEVIATION}), seeded`;

/**
 * Logits N(0, 3) and uniform targets, seeded by the shape: the same in every run.
 *
 * @param {import("./types.mjs").Shape} shape
 * @returns {import("./types.mjs").Problem}
 */
export function randomProblem({ rows, classes }) {
  const random = uniform(rows * 1_000_003 + classes);
  const logits = new Float32Array(rows * classes);
  fillNormal(logits, DEVIATION, random);
  const targets = Int32Array.from({ length: rows }, () => Math.floor(random() * classes));
  return { rows, classes, elements: rows * classes, logits, targets };
}

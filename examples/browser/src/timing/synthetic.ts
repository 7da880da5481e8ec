import { randomProblem } from "../../../../xent/build/bench/problem.js";
import type { LogitRows } from "../scoring/scored.js";

const FEWEST = 1000;
/** The vocabulary of Qwen 2.5. */
const MOST = 151_936;
/** Total number of logits: a plain loop takes about 20 ms for them. */
const ELEMENTS = 2 ** 21;

/** @param position of the slider, from 0 to 1, on a logarithmic scale */
export function syntheticShape(position: number): { rows: number; classes: number } {
  const exact = FEWEST * (MOST / FEWEST) ** position;
  // round to whole thousands, which are easier to read, but keep both ends exact
  const classes = position === 1 ? MOST : Math.round(exact / 1000) * 1000;
  return { rows: Math.max(1, Math.round(ELEMENTS / classes)), classes };
}

/** Random logits, normal with a standard deviation of 3, about that of a language model. */
export function syntheticRows(shape: { rows: number; classes: number }): LogitRows {
  const { logits, targets } = randomProblem(shape);
  return { ...shape, logits, targets: Int32Array.from(targets) };
}

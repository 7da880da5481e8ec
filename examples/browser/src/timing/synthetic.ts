import { randomProblem } from "../../../../xent/build/bench/problem.js";
import type { LogitRows } from "../scoring/scored.js";

const FEWEST = 1000;
/** The vocabulary of Qwen 2.5. */
const MOST = 151_936;
/** Logits in all: a plain loop takes some 20 ms for them. */
const ELEMENTS = 2 ** 21;

/** @param position of the slider, 0 to 1: equal steps are equal factors */
export function syntheticShape(position: number): { rows: number; classes: number } {
  const exact = FEWEST * (MOST / FEWEST) ** position;
  // whole thousands read well, and both ends stay what they are
  const classes = position === 1 ? MOST : Math.round(exact / 1000) * 1000;
  return { rows: Math.max(1, Math.round(ELEMENTS / classes)), classes };
}

/** Random logits, normal with a standard deviation of 3, about what a language model gives. */
export function syntheticRows(shape: { rows: number; classes: number }): LogitRows {
  const { logits, targets } = randomProblem(shape);
  return { ...shape, logits, targets: Int32Array.from(targets) };
}

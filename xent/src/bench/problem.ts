/** Inputs seeded by the shape, so that every run and every contender gets the same. */
import { fillNormal, uniform } from "./random.js";
import type { Problem, Shape } from "./types.js";

/** Standard deviation of the logits, about that of a language model. */
const DEVIATION = 3;

export const LOGITS = `f32, N(0, ${DEVIATION}), seeded`;

/** Logits N(0, 3) and uniform class indices. */
export function randomProblem(shape: Shape): Problem {
  const random = randomOf(shape);
  const logits = randomLogits(shape, random);
  const targets = Int32Array.from({ length: shape.rows }, () => Math.floor(random() * shape.classes));
  return problemOf(shape, logits, targets);
}

export function problemOf({ rows, classes }: Shape, logits: Float32Array, targets: Int32Array | Float32Array): Problem {
  return { rows, classes, elements: rows * classes, logits, targets };
}

/** Returns the shape's generator of uniform random numbers. */
export function randomOf({ rows, classes }: Shape): () => number {
  return uniform(rows * 1_000_003 + classes);
}

export function randomLogits({ rows, classes }: Shape, random: () => number): Float32Array {
  const logits = new Float32Array(rows * classes);
  fillNormal(logits, DEVIATION, random);
  return logits;
}

/** Inputs of losses that take no logits, or whose targets are not class indices; seeded by the shape. */
import { logSoftmax } from "wasm-cross-entropy/reference";
import { problemOf, randomLogits, randomOf } from "../../xent/build/bench/problem.js";

/**
 * @typedef {import("../../xent/build/bench/types.js").Shape} Shape
 * @typedef {import("../../xent/build/bench/types.js").Problem} Problem
 */

/** Distance of probabilities from 0 and 1. Nearer, a few gradients of 1 / p would hide the errors of all others in their row. */
const MARGIN = 0.02;

/**
 * Logits N(0, 3), each with a label 0 or 1.
 *
 * @param {Shape} shape
 */
export function labelledLogits(shape) {
  const random = randomOf(shape);
  const logits = randomLogits(shape, random);
  return problemOf(shape, logits, labels(shape, random));
}

/**
 * Uniform probabilities, each with a label 0 or 1.
 *
 * @param {Shape} shape
 */
export function labelledProbabilities(shape) {
  const random = randomOf(shape);
  const probs = new Float32Array(shape.rows * shape.classes).map(() => MARGIN + (1 - 2 * MARGIN) * random());
  return problemOf(shape, probs, labels(shape, random));
}

/**
 * Log-probabilities of logits N(0, 3); the targets are log-probabilities too.
 *
 * @param {Shape} shape
 */
export function logDistributions(shape) {
  const random = randomOf(shape);
  const logProbs = randomLogProbs(shape, random);
  return problemOf(shape, logProbs, randomLogProbs(shape, random));
}

/**
 * Log-probabilities of logits N(0, 3); the targets are probabilities.
 *
 * @param {Shape} shape
 */
export function distributions(shape) {
  const random = randomOf(shape);
  const logProbs = randomLogProbs(shape, random);
  return problemOf(shape, logProbs, randomLogProbs(shape, random).map(Math.exp));
}

/** @param {Shape} shape @param {() => number} random */
function randomLogProbs(shape, random) {
  return Float32Array.from(logSoftmax(randomLogits(shape, random), { shape: [shape.rows, shape.classes] }));
}

/** @param {Shape} shape @param {() => number} random */
function labels({ rows, classes }, random) {
  return new Float32Array(rows * classes).map(() => (random() < 0.5 ? 0 : 1));
}

/** Inputs, seeded by the shape: the same in every run and for every contender. */
import { logSoftmax } from "wasm-cross-entropy/reference";
import { fillNormal, uniform } from "./random.mjs";

/**
 * @typedef {import("./types.mjs").Shape} Shape
 * @typedef {import("./types.mjs").Problem} Problem
 */

/** Standard deviation of the logits: about what a language model gives. */
const DEVIATION = 3;

export const LOGITS = `f32, N(0, ${DEVIATION}), seeded`;

/** How far probabilities stay from 0 and 1. Nearer, a few gradients of 1 / p would hide the errors of all others of their row. */
const MARGIN = 0.02;

/**
 * Logits N(0, 3) and uniform class indices.
 *
 * @param {Shape} shape
 * @returns {Problem}
 */
export function randomProblem(shape) {
  const random = randomOf(shape);
  const logits = randomLogits(shape, random);
  const targets = Int32Array.from({ length: shape.rows }, () => Math.floor(random() * shape.classes));
  return problemOf(shape, logits, targets);
}

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
 * Log-probabilities of logits N(0, 3), and log-probabilities as targets.
 *
 * @param {Shape} shape
 */
export function logDistributions(shape) {
  const random = randomOf(shape);
  const logProbs = randomLogProbs(shape, random);
  return problemOf(shape, logProbs, randomLogProbs(shape, random));
}

/**
 * Log-probabilities of logits N(0, 3), and probabilities as targets.
 *
 * @param {Shape} shape
 */
export function distributions(shape) {
  const random = randomOf(shape);
  const logProbs = randomLogProbs(shape, random);
  return problemOf(shape, logProbs, randomLogProbs(shape, random).map(Math.exp));
}

/**
 * @param {Shape} shape
 * @param {Float32Array} logits
 * @param {Int32Array | Float32Array} targets
 * @returns {Problem}
 */
function problemOf({ rows, classes }, logits, targets) {
  return { rows, classes, elements: rows * classes, logits, targets };
}

/** @param {Shape} shape */
function randomOf({ rows, classes }) {
  return uniform(rows * 1_000_003 + classes);
}

/** @param {Shape} shape @param {() => number} random */
function randomLogits({ rows, classes }, random) {
  const logits = new Float32Array(rows * classes);
  fillNormal(logits, DEVIATION, random);
  return logits;
}

/** @param {Shape} shape @param {() => number} random */
function randomLogProbs(shape, random) {
  return Float32Array.from(logSoftmax(randomLogits(shape, random), { shape: [shape.rows, shape.classes] }));
}

/** @param {Shape} shape @param {() => number} random */
function labels({ rows, classes }, random) {
  return new Float32Array(rows * classes).map(() => (random() < 0.5 ? 0 : 1));
}

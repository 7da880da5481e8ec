/** Time per element by the number of classes, and by the length of a single row. */
import * as reference from "wasm-cross-entropy/reference";
import { crossEntropyLoop } from "../../xent/build/bench/cross-entropy-loop.js";
import { meanOf } from "../../xent/build/bench/expected.js";
import { jsLoop, jsLoopWithGrad } from "../../xent/build/bench/js-loop.js";
import { gradientOperation, lossOperation } from "../../xent/build/bench/operations.js";
import { packageContender, WAYS } from "../../xent/build/bench/package-contenders.js";
import { LOGITS, problemOf, randomLogits } from "../../xent/build/bench/problem.js";
import { uniform } from "../../xent/build/bench/random.js";
import { nativeContenders } from "../contenders/native.mjs";

/**
 * @typedef {import("../../xent/build/bench/types.js").Shape} Shape
 * @typedef {import("../../xent/build/bench/types.js").Suite} Suite
 */

/** Elements of every problem in the sweep over classes: 4 MiB of logits, more than L2. */
const ELEMENTS = 2 ** 20;

const CLASSES = [10, 32, 100, 128, 129, 320, 1000, 4096, 16384, 65536, 262144, 1048576];

const LENGTHS = [1, 3, 10, 32, 100, 320, 1000, 3200, 10_000, 32_000, 100_000, 320_000, 1_000_000, 3_200_000, 10_000_000];

const SEED = 1;

/** Wider than in the other suites: the worst of a hundred thousand rows of ten classes has an error of 1.3e-7. */
const BOUND = 2e-7;

/** @param {import("../../xent/build/bench/package-contenders.js").Operation} operation */
const ours = (operation) => WAYS.map((way) => packageContender(way, operation, { bound: BOUND }));

/** Logits of all problems: each problem takes as many as it needs from the start. @type {Float32Array} */
let pool = new Float32Array(0);

/** @param {Shape} shape */
function problemFromPool({ rows, classes }) {
  const elements = rows * classes;
  // made again instead of extended, so that the first logits are the same whatever was made before
  if (pool.length < elements) pool = randomLogits({ rows: 1, classes: elements + (elements % 2) }, uniform(SEED));
  const random = uniform(elements);
  const targets = Int32Array.from({ length: rows }, () => Math.floor(random() * classes));
  return problemOf({ rows, classes }, pool.subarray(0, elements), targets);
}

/** @type {import("../../xent/build/bench/types.js").Source} */
const source = {
  problem: problemFromPool,
  expected: ({ logits, targets, rows, classes }) =>
    meanOf(reference.crossEntropyValueAndGrad(logits, targets, { shape: [rows, classes], reduction: "none" })),
};

/** @type {Pick<Suite, "input" | "labels" | "groups" | "fullOnly">} */
const LOSS_AND_GRADIENT = {
  input: `${LOGITS} by ${SEED}`,
  labels: "function",
  fullOnly: true,
  groups: [
    {
      label: "loss",
      contenders: [jsLoop(crossEntropyLoop), ...ours(lossOperation), ...nativeContenders({ gradient: false })],
      source,
    },
    {
      label: "loss and gradient",
      contenders: [jsLoopWithGrad(crossEntropyLoop), ...ours(gradientOperation), ...nativeContenders({ gradient: true })],
      source,
    },
  ],
};

/** @type {Suite} */
export const sweep = {
  name: "sweep",
  title: "crossEntropy and crossEntropyValueAndGrad of a million logits, by the number of classes",
  shapes: CLASSES.map((classes) => ({ rows: Math.max(1, Math.round(ELEMENTS / classes)), classes })),
  ...LOSS_AND_GRADIENT,
};

/** @type {Suite} */
export const elements = {
  name: "elements",
  title: "crossEntropy and crossEntropyValueAndGrad of one row, by its length",
  shapes: LENGTHS.map((classes) => ({ rows: 1, classes })),
  ...LOSS_AND_GRADIENT,
};

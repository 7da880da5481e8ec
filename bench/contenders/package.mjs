/** The package itself, as users call it: both builds of the kernels, on arrays of JS and on arrays in an engine's memory. */
import * as fastest from "wasm-cross-entropy";
import * as deterministic from "wasm-cross-entropy/deterministic";
import { halfTensor } from "../harness/half.mjs";
import { writtenTo } from "../harness/written.mjs";

/** The accuracy that the package promises for a row of logits: also the bound that stops the bench. */
const BOUND = 1e-7;

/**
 * @typedef {object} Operands Where the contender has them: JS arrays, or arrays in an engine's memory.
 * @property {fastest.FloatTensor} logits
 * @property {Int32Array | Float32Array} targets
 * @property {readonly [rows: number, classes: number]} shape
 * @property {Float32Array} grad as long as the logits if the operation writes a gradient, else empty
 *
 * @typedef {object} Operation What a suite times; the same calls on the plain functions and on an engine.
 * @property {boolean} [gradient] whether it writes one
 * @property {(functions: fastest.Functions, operands: Operands) => number} run
 * @property {(functions: fastest.Functions, operands: Operands) => ArrayLike<number>} [rowLosses]
 *
 * @typedef {{ variant: fastest.Variant, data: "js" | "memory" }} Way Which build, and where the operands lie.
 *
 * @typedef {object} Particulars Of a contender, where it is not the only one of its way in a group.
 * @property {string} [id]
 * @property {string} [label]
 * @property {FloatType} [type] of the logits
 * @property {boolean} [detail]
 * @property {number} [bound] of the row error
 *
 * @typedef {import("../harness/types.mjs").Contender} Contender
 * @typedef {import("../harness/types.mjs").Problem} Problem
 * @typedef {import("../harness/types.mjs").FloatType} FloatType
 */

/** @type {Way[]} */
export const WAYS = [
  { variant: "plain", data: "js" },
  { variant: "plain", data: "memory" },
  { variant: "relaxed", data: "js" },
  { variant: "relaxed", data: "memory" },
];

/** @param {Way} way */
export function wayName({ variant, data }) {
  return `${variant}, ${data === "js" ? "JS arrays" : "in memory"}`;
}

/** @type {Map<fastest.Variant, fastest.LocalEngine>} */
const engines = new Map();

/**
 * One engine a build for the whole run, started when first needed: its memory grows to the largest shape and is used again.
 *
 * @param {fastest.Variant} variant
 */
function engineOf(variant) {
  let engine = engines.get(variant);
  if (!engine) {
    engine = fastest.createLocalEngine({ deterministic: variant === "plain" });
    engines.set(variant, engine);
  }
  return engine;
}

/** @param {fastest.Variant} variant */
function missing(variant) {
  if (variant === "relaxed" && !fastest.info().relaxedSimd) return "this runtime has no relaxed SIMD";
  return undefined;
}

/**
 * @param {Way} way
 * @param {Operation} operation
 * @param {Particulars} [particulars]
 * @returns {Contender}
 */
export function packageContender(way, operation, { bound = BOUND, type = "float32", ...particulars } = {}) {
  const { variant, data } = way;
  return {
    id: `${variant}-${data}`,
    label: `wasm ${wayName(way)}`,
    variant,
    data,
    type,
    bound,
    ...particulars,
    missing: () => missing(variant),
    open: (problem) => {
      const { rowLosses } = operation;
      const { functions, operands, close } = (data === "js" ? onJsArrays : inMemory)(variant, operation, problem, type);
      return {
        run: () => operation.run(functions, operands),
        ...(operation.gradient && { grad: writtenTo(operands.grad) }),
        ...(rowLosses && { rowLosses: () => rowLosses(functions, operands) }),
        close,
      };
    },
  };
}

/**
 * The package's four.
 *
 * @param {Operation} operation
 */
export function packageContenders(operation) {
  return WAYS.map((way) => packageContender(way, operation));
}

/**
 * @typedef {{ functions: fastest.Functions, operands: Operands, close: () => void }} Prepared
 * @typedef {(variant: fastest.Variant, operation: Operation, problem: Problem, type: FloatType) => Prepared} Prepare
 */

/**
 * From JS arrays: what the plain functions do, copying through their tile.
 *
 * @type {Prepare}
 */
function onJsArrays(variant, operation, { logits, targets, rows, classes }, type) {
  return {
    functions: variant === "plain" ? deterministic : fastest,
    operands: {
      logits: type === "float32" ? logits : halfTensor(logits, type),
      targets,
      shape: [rows, classes],
      grad: new Float32Array(gradients(operation, logits)),
    },
    close: () => {},
  };
}

/**
 * From arrays that already lie in an engine's memory: read in place, and the gradient written in place.
 *
 * @type {Prepare}
 */
function inMemory(variant, operation, problem, type) {
  const engine = engineOf(variant);
  const logits = engine.allocate(type, problem.logits.length);
  const targets = engine.allocate(problem.targets instanceof Int32Array ? "int32" : "float32", problem.targets.length);
  const grad = engine.allocate("float32", gradients(operation, problem.logits));
  logits.set(type === "float32" ? problem.logits : halfTensor(problem.logits, type).data);
  targets.set(problem.targets);
  return {
    functions: engine,
    operands: {
      logits: logits instanceof Float32Array ? logits : { data: logits, type: /** @type {"float16" | "bfloat16"} */ (type) },
      targets,
      shape: [problem.rows, problem.classes],
      grad,
    },
    close: () => {
      for (const array of [logits, targets, grad]) engine.free(array);
    },
  };
}

/** @param {Operation} operation @param {Float32Array} logits */
function gradients({ gradient }, { length }) {
  return gradient ? length : 0;
}

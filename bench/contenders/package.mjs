/** The package itself, as users call it: both builds of the kernels, on arrays of JS and on arrays in an engine's memory. */
import * as fastest from "wasm-cross-entropy";
import * as deterministic from "wasm-cross-entropy/deterministic";

/** The accuracy that the package promises for a row: also the bound that stops the bench. */
const BOUND = 1e-7;

/**
 * @typedef {object} Operation What a suite times; the same calls on the plain functions and on an engine.
 * @property {(functions: fastest.Functions, logits: Float32Array, targets: Int32Array) => number} run
 * @property {(functions: fastest.Functions, logits: Float32Array, targets: Int32Array) => ArrayLike<number>} rowLosses
 *
 * @typedef {import("../harness/types.mjs").Contender} Contender
 */

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
 * From JS arrays: what the plain functions do, copying through their tile.
 *
 * @param {fastest.Variant} variant
 * @param {Operation} operation
 * @returns {Contender}
 */
function onJsArrays(variant, operation) {
  const functions = variant === "plain" ? deterministic : fastest;
  return {
    id: `${variant}-js`,
    label: `wasm ${variant}, JS arrays`,
    variant,
    data: "js",
    bound: BOUND,
    missing: () => missing(variant),
    open: ({ logits, targets }) => ({
      run: () => operation.run(functions, logits, targets),
      rowLosses: () => operation.rowLosses(functions, logits, targets),
      close: () => {},
    }),
  };
}

/**
 * From arrays that already lie in an engine's memory: read in place.
 *
 * @param {fastest.Variant} variant
 * @param {Operation} operation
 * @returns {Contender}
 */
function inMemory(variant, operation) {
  return {
    id: `${variant}-memory`,
    label: `wasm ${variant}, in memory`,
    variant,
    data: "memory",
    bound: BOUND,
    missing: () => missing(variant),
    open: (problem) => {
      const engine = engineOf(variant);
      const logits = engine.allocate("float32", problem.logits.length);
      const targets = engine.allocate("int32", problem.targets.length);
      logits.set(problem.logits);
      targets.set(problem.targets);
      return {
        run: () => operation.run(engine, logits, targets),
        rowLosses: () => operation.rowLosses(engine, logits, targets),
        close: () => {
          engine.free(logits);
          engine.free(targets);
        },
      };
    },
  };
}

/**
 * @param {Operation} operation
 * @returns {Contender[]}
 */
export function packageContenders(operation) {
  return [
    onJsArrays("plain", operation),
    inMemory("plain", operation),
    onJsArrays("relaxed", operation),
    inMemory("relaxed", operation),
  ];
}

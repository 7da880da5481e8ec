/** Engines of any number of threads, on JS arrays and on arrays in the engine's memory. */
import * as fastest from "wasm-cross-entropy";

/**
 * @typedef {import("../../xent/build/bench/types.js").Contender} Contender
 * @typedef {"js" | "memory"} Data
 */

const BOUND = 1e-7;

/** @type {Map<string, Promise<fastest.Engine>>} */
const engines = new Map();

/**
 * One engine per number of threads and build for the whole run: idle engines use no processor, and do not keep the process alive.
 *
 * @param {number} threads
 * @param {boolean} deterministic
 */
function engineOf(threads, deterministic) {
  const key = `${threads} ${deterministic}`;
  const engine = engines.get(key) ?? fastest.createEngine({ threads, deterministic });
  engines.set(key, engine);
  return engine;
}

/**
 * crossEntropy on an engine of the fastest build that the runtime supports, or of the plain one.
 *
 * @param {number} threads
 * @param {Data} data
 * @param {{ deterministic?: boolean }} [build]
 * @returns {Contender}
 */
export function engineContender(threads, data, { deterministic = false } = {}) {
  return {
    id: `engine-${threads}-${data}`,
    label: `engine, ${threads} thread${threads > 1 ? "s" : ""}, ${data === "js" ? "JS arrays" : "in memory"}`,
    data,
    async: true,
    bound: BOUND,
    missing: () => undefined,
    open: async ({ logits: given, targets: classes }) => {
      const engine = await engineOf(threads, deterministic);
      const targets = /** @type {Int32Array} */ (classes);
      const logits = data === "js" ? given : engine.allocate("float32", given.length);
      if (logits !== given) logits.set(given);
      return {
        run: () => engine.crossEntropy(logits, targets),
        rowLosses: () => engine.crossEntropy(logits, targets, { reduction: "none" }),
        close: () => {
          if (logits !== given) engine.free(logits);
        },
      };
    },
  };
}

/**
 * The plain function on the same build, in one thread: the baseline of the engines.
 *
 * @param {Data} data
 * @returns {Contender}
 */
export function plainContender(data) {
  return {
    id: `plain-${data}`,
    label: `plain function, ${data === "js" ? "JS arrays" : "in memory"}`,
    data,
    bound: BOUND,
    missing: () => undefined,
    open: ({ logits: given, targets: classes }) => {
      const targets = /** @type {Int32Array} */ (classes);
      if (data === "js") return callsOf(fastest, given, targets, () => {});
      const engine = fastest.createLocalEngine();
      const logits = engine.allocate("float32", given.length);
      logits.set(given);
      return callsOf(engine, logits, targets, () => engine.free(logits));
    },
  };
}

/**
 * @param {Pick<fastest.Functions, "crossEntropy">} functions
 * @param {Float32Array} logits
 * @param {Int32Array} targets
 * @param {() => void} close
 */
function callsOf(functions, logits, targets, close) {
  return {
    run: () => functions.crossEntropy(logits, targets),
    rowLosses: () => functions.crossEntropy(logits, targets, { reduction: "none" }),
    close,
  };
}

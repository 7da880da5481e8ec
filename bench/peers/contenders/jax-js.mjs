/**
 * jax-js, device wasm: kernels that it compiles from the traced function (`jit`), on one thread in Node, where it finds no Web
 * Workers. logSoftmax and takeAlongAxis with jit is its fastest formulation (docs/performance.md).
 */

/** @typedef {import("@jax-js/jax").Array} Array */
/** @typedef {import("../types.mjs").Problem} Problem */

/** Observed row errors: 1.2e-5 at 10 classes, 2.3e-5 at 151936. */
const BOUND = 5e-5;
/** For a nearly certain target only the rounding of p - 1 is left: 4e-4 at 4096 x 10. */
const GRAD_BOUND = 1e-3;

/** @param {Problem} problem */
async function started({ logits, targets, rows, classes }) {
  const jax = await import("@jax-js/jax");
  await jax.init("wasm");
  jax.defaultDevice("wasm");
  const { numpy, nn } = jax;
  return {
    jax,
    logits: () => numpy.array(logits).reshape([rows, classes]),
    targets: () => numpy.array(targets, { dtype: numpy.int32 }).reshape([rows, 1]),
    /** @param {Array} x @param {Array} y both are consumed, as always in this library */
    losses: (x, y) => numpy.negative(numpy.takeAlongAxis(nn.logSoftmax(x, -1), y, 1)).reshape([rows]),
  };
}

/** @typedef {Awaited<ReturnType<typeof started>>} Started */

/**
 * @param {Started} library
 * @param {boolean} kept whether the logits and targets are uploaded once, or by each call
 * @returns {() => [Array, Array]}
 */
function operands({ logits, targets }, kept) {
  if (!kept) return () => [logits(), targets()];
  const [x, y] = [logits(), targets()];
  return () => [x.ref, y.ref];
}

/** @param {boolean} kept @returns {import("../types.mjs").Entry["open"]} */
function loss(kept) {
  return async (problem) => {
    const library = await started(problem);
    const { jax, losses } = library;
    const rows = jax.jit(losses);
    const mean = jax.jit((/** @type {Array} */ x, /** @type {Array} */ y) => losses(x, y).mean());
    const take = operands(library, kept);
    return { run: () => mean(...take()).dataSync()[0], rowLosses: () => rows(...take()).dataSync() };
  };
}

/** @param {boolean} kept @returns {import("../types.mjs").Entry["open"]} */
function lossAndGradient(kept) {
  return async (problem) => {
    const library = await started(problem);
    const { jax, losses } = library;
    const rows = jax.jit(losses);
    const valueAndGrad = jax.jit(jax.valueAndGrad((x, y) => losses(x, y).mean()));
    const take = operands(library, kept);
    /** @type {Array | undefined} */
    let last;
    /** @type {Float32Array | undefined} */
    let read;
    return {
      async run() {
        last?.dispose();
        const [value, grad] = valueAndGrad(...take());
        if (kept) last = await grad.blockUntilReady();
        else read = grad.dataSync();
        return value.dataSync()[0];
      },
      rowLosses: () => rows(...take()).dataSync(),
      gradient: () => {
        const grad = kept ? last?.dataSync() : read;
        last = read = undefined;
        if (!grad) throw new Error("no gradient since it was read");
        return grad;
      },
    };
  };
}

const FROM_ARRAYS = /** @type {const} */ ({ id: "jax-js-js", label: "jax-js, JS arrays", data: "js", bound: BOUND });
const KEPT = /** @type {const} */ ({ id: "jax-js-memory", label: "jax-js, array kept", data: "memory", bound: BOUND });

/** @type {import("../types.mjs").Peer} */
export const peer = {
  packages: ["@jax-js/jax"],
  load: () => import("@jax-js/jax"),
  forward: [
    { ...FROM_ARRAYS, open: loss(false) },
    { ...KEPT, open: loss(true) },
  ],
  gradient: [
    { ...FROM_ARRAYS, gradBound: GRAD_BOUND, async: true, open: lossAndGradient(false) },
    { ...KEPT, gradBound: GRAD_BOUND, async: true, open: lossAndGradient(true) },
  ],
};

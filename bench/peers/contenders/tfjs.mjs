/**
 * TensorFlow.js, backends wasm (one thread; it has no others in Node) and cpu. The fastest correct formulations are
 * logSumExp - gatherND, and for the gradient (softmax - oneHot) / rows (docs/performance.md).
 *
 * -log(gatherND(softmax)) is faster, because softmax is one kernel of XNNPACK, but it is another function: for a target 88 below
 * the maximum the probability is 0 and the loss infinite. It is timed beside the others.
 */

/** @typedef {import("../types.mjs").Problem} Problem */
/** @typedef {import("@tensorflow/tfjs").Tensor} Tensor */

/** Observed row errors: wasm 2.3e-5 at 151936 classes, cpu 4.4e-7 at 10. */
const BOUND = { wasm: 5e-5, cpu: 1e-6 };
/** For a nearly certain target only the rounding of p - 1 is left: 4e-4 and 6e-5 at 4096 x 10. */
const GRAD_BOUND = { wasm: 1e-3, cpu: 2e-4 };

/** @param {"wasm" | "cpu"} backend */
async function started(backend) {
  const tf = await import("@tensorflow/tfjs");
  if (backend === "wasm") await import("@tensorflow/tfjs-backend-wasm");
  if (!(await tf.setBackend(backend))) throw new Error(`the backend ${backend} does not start`);
  return tf;
}

/**
 * @param {Problem} problem
 * @param {typeof import("@tensorflow/tfjs")} tf
 */
function uploads({ logits, targets, rows, classes }, tf) {
  return {
    logits: () => tf.tensor2d(logits, [rows, classes], "float32"),
    /** [row, target] of each row */
    places: () => {
      const pairs = new Int32Array(2 * rows);
      for (let row = 0; row < rows; row++) {
        pairs[2 * row] = row;
        pairs[2 * row + 1] = targets[row];
      }
      return tf.tensor2d(pairs, [rows, 2], "int32");
    },
    // with dtype float32, the wasm backend would write the bits of the integer 1
    oneHot: () => tf.cast(tf.oneHot(tf.tensor1d(targets, "int32"), classes), "float32"),
  };
}

/**
 * @param {typeof import("@tensorflow/tfjs")} tf
 * @param {Tensor} logits
 * @param {Tensor} places
 */
function lossOfLogSumExp(tf, logits, places) {
  return tf.sub(tf.logSumExp(logits, 1), tf.gatherND(logits, places));
}

/** @type {typeof lossOfLogSumExp} */
function lossOfSoftmax(tf, logits, places) {
  return tf.neg(tf.log(tf.gatherND(tf.softmax(logits), places)));
}

/** @typedef {{ backend: "wasm" | "cpu", kept: boolean, losses?: typeof lossOfLogSumExp }} Manner kept: uploaded once */

/**
 * @param {Manner} manner
 * @returns {import("../types.mjs").Entry["open"]}
 */
function loss({ backend, kept, losses = lossOfLogSumExp }) {
  return async (problem) => {
    const tf = await started(backend);
    const { logits, places } = uploads(problem, tf);
    const tensors = kept ? { logits: logits(), places: places() } : undefined;
    const rows = () => (tensors ? losses(tf, tensors.logits, tensors.places) : losses(tf, logits(), places()));
    return {
      run: () => tf.tidy(() => tf.mean(rows()).dataSync()[0]),
      rowLosses: () => tf.tidy(rows).dataSync(),
    };
  };
}

/**
 * @param {Manner} manner
 * @returns {import("../types.mjs").Entry["open"]}
 */
function lossAndGradient({ backend, kept }) {
  return async (problem) => {
    const tf = await started(backend);
    const { logits, places, oneHot } = uploads(problem, tf);
    const upload = () => ({ logits: logits(), places: places(), oneHot: oneHot() });
    const tensors = kept ? upload() : undefined;
    /** @type {Tensor | undefined} */
    let last;
    /** @type {Float32Array | undefined} */
    let read;
    return {
      run: () => {
        last?.dispose();
        const [mean, grad] = tf.tidy(() => {
          const held = tensors ?? upload();
          return [
            tf.mean(lossOfLogSumExp(tf, held.logits, held.places)),
            tf.mul(tf.sub(tf.softmax(held.logits), held.oneHot), 1 / problem.rows),
          ];
        });
        last = grad;
        if (!kept) read = grad.dataSync();
        const value = mean.dataSync()[0];
        mean.dispose();
        return value;
      },
      rowLosses: () => tf.tidy(() => lossOfLogSumExp(tf, tensors?.logits ?? logits(), tensors?.places ?? places())).dataSync(),
      gradient: () => {
        const grad = kept ? last?.dataSync() : read;
        last?.dispose();
        last = read = undefined;
        if (!grad) throw new Error("no gradient since it was read");
        return grad;
      },
    };
  };
}

const FROM_ARRAYS = /** @type {const} */ ({ id: "tfjs-wasm-js", label: "tfjs wasm, JS arrays", data: "js", bound: BOUND.wasm });
const KEPT = /** @type {const} */ ({
  id: "tfjs-wasm-memory",
  label: "tfjs wasm, tensor kept",
  data: "memory",
  bound: BOUND.wasm,
});
/** A tensor of this backend is the JS array itself: nothing is uploaded. */
const CPU = /** @type {const} */ ({ id: "tfjs-cpu", label: "tfjs cpu", data: "js", bound: BOUND.cpu });

/** @type {import("../types.mjs").Peer} */
export const peer = {
  packages: ["@tensorflow/tfjs", "@tensorflow/tfjs-backend-wasm"],
  load: () => started("wasm"),
  forward: [
    { ...FROM_ARRAYS, open: loss({ backend: "wasm", kept: false }) },
    { ...KEPT, open: loss({ backend: "wasm", kept: true }) },
    {
      id: "tfjs-wasm-log-of-softmax",
      label: "tfjs wasm, tensor kept, log of softmax",
      data: "memory",
      detail: true,
      bound: BOUND.wasm,
      open: loss({ backend: "wasm", kept: true, losses: lossOfSoftmax }),
    },
    { ...CPU, open: loss({ backend: "cpu", kept: true }) },
  ],
  gradient: [
    { ...FROM_ARRAYS, gradBound: GRAD_BOUND.wasm, open: lossAndGradient({ backend: "wasm", kept: false }) },
    { ...KEPT, gradBound: GRAD_BOUND.wasm, open: lossAndGradient({ backend: "wasm", kept: true }) },
    { ...CPU, gradBound: GRAD_BOUND.cpu, open: lossAndGradient({ backend: "cpu", kept: true }) },
  ],
};

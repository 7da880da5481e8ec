/** A library that there is not, for peers.test.ts: the reference as a peer, and what may go wrong with one. */
import * as reference from "wasm-cross-entropy/reference";

/** @param {{ slip?: number, slipGrad?: number, crash?: boolean }} [fault] */
function opener({ slip = 0, slipGrad = 0, crash = false } = {}) {
  /** @param {import("../../bench/peers/types.mjs").Problem} problem */
  return ({ logits, targets, rows, classes }) => {
    const shape = /** @type {const} */ ([rows, classes]);
    /** @type {Float32Array | undefined} */
    let last;
    return {
      run: () => {
        if (crash) {
          process.stderr.write("out of luck\n");
          process.exit(7);
        }
        const { value, grad } = reference.crossEntropyValueAndGrad(logits, targets, { shape });
        last = Float32Array.from(grad, (entry) => entry + slipGrad);
        return value;
      },
      rowLosses: () => {
        const losses = Float64Array.from(reference.crossEntropy(logits, targets, { shape, reduction: "none" }));
        losses[rows - 1] += slip;
        return losses;
      },
      gradient: () => {
        if (!last) throw new Error("no gradient since it was read");
        const grad = last;
        last = undefined;
        return grad;
      },
    };
  };
}

const ENTRY = /** @type {const} */ ({ data: "js", bound: 1e-6, gradBound: 1e-5 });

/** @type {import("../../bench/peers/types.mjs").Entry[]} */
const entries = [
  { ...ENTRY, id: "right", label: "right", open: opener() },
  { ...ENTRY, id: "wrong-row", label: "wrong row", open: opener({ slip: 2e-6 }) },
  { ...ENTRY, id: "wrong-gradient", label: "wrong gradient", open: opener({ slipGrad: 1e-4 }) },
  { ...ENTRY, id: "crashes", label: "crashes", open: opener({ crash: true }) },
];

/** @type {import("../../bench/peers/types.mjs").Peer} */
export const peer = { packages: ["fake"], load: async () => {}, forward: entries, gradient: entries };

/**
 * transformers.js has no loss and no gradient. Its users score by calling its `log_softmax` on each row of the logits and taking
 * the target's entry. It is plain JS: a maximum, a sum in f64, and a new array per row.
 */

/** log_softmax rounds each log-probability to f32: half an ulp, a relative error of up to 6e-8. */
const BOUND = 1e-7;

/** @param {import("../types.mjs").Problem} problem */
async function open({ logits, targets, rows, classes }) {
  const { log_softmax } = await import("@huggingface/transformers");
  /** @param {number} row */
  const rowLoss = (row) => -log_softmax(logits.subarray(row * classes, (row + 1) * classes))[targets[row]];
  return {
    run: () => {
      let total = 0;
      for (let row = 0; row < rows; row++) total += rowLoss(row);
      return total / rows;
    },
    rowLosses: () => Float64Array.from({ length: rows }, (_, row) => rowLoss(row)),
  };
}

/** @type {import("../types.mjs").Peer} */
export const peer = {
  packages: ["@huggingface/transformers"],
  load: () => import("@huggingface/transformers"),
  forward: [{ id: "transformers", label: "transformers.js log_softmax", data: "js", bound: BOUND, open }],
  gradient: [],
};

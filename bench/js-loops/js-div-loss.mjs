/** The default of jsDivLoss. */
const BETA = 0.5;

/**
 *     row    = sum_c beta p_c (y_c - log m_c) + (1 - beta) q_c (x_c - log m_c)      q = exp(x), p = exp(y)
 *     grad_c = (1 - beta) q_c (x_c - log m_c) / rows                                m = beta p + (1 - beta) q
 *
 * @param {Float32Array} logProbs x
 * @param {Int32Array | Float32Array} logTargets y
 * @param {number} start of the row
 * @param {number} end
 */
function rowLoss(logProbs, logTargets, start, end) {
  let loss = 0;
  for (let i = start; i < end; i++) {
    const x = logProbs[i];
    const y = logTargets[i];
    const q = (1 - BETA) * Math.exp(x);
    const p = BETA * Math.exp(y);
    const logM = Math.log(p + q);
    // 0 log 0 = 0
    if (p > 0) loss += p * (y - logM);
    if (q > 0) loss += q * (x - logM);
  }
  return loss;
}

/**
 * @param {Float32Array} logProbs x
 * @param {Int32Array | Float32Array} logTargets y
 * @param {number} start of the row
 * @param {number} end
 * @param {Float32Array} grad
 * @param {number} rows
 */
function rowLossAndGrad(logProbs, logTargets, start, end, grad, rows) {
  let loss = 0;
  for (let i = start; i < end; i++) {
    const x = logProbs[i];
    const y = logTargets[i];
    const q = (1 - BETA) * Math.exp(x);
    const p = BETA * Math.exp(y);
    const logM = Math.log(p + q);
    const ofQ = q > 0 ? q * (x - logM) : 0;
    if (p > 0) loss += p * (y - logM);
    loss += ofQ;
    grad[i] = ofQ / rows;
  }
  return loss;
}

/** @type {import("../../xent/build/bench/js-loop.js").Loop} */
export const jsDivLossLoop = {
  mean: ({ logits, targets, rows, elements, classes }) => {
    let total = 0;
    for (let start = 0; start < elements; start += classes) total += rowLoss(logits, targets, start, start + classes);
    return total / rows;
  },
  meanAndGrad: ({ logits, targets, rows, elements, classes }, grad) => {
    let total = 0;
    for (let start = 0; start < elements; start += classes) {
      total += rowLossAndGrad(logits, targets, start, start + classes, grad, rows);
    }
    return total / rows;
  },
  losses: ({ logits, targets, rows, classes }) =>
    Float64Array.from({ length: rows }, (_, row) => rowLoss(logits, targets, row * classes, (row + 1) * classes)),
};

/**
 *     loss = t (log t - x), 0 where t is 0
 *     grad = -t / elements
 *
 * @param {number} x log-probability
 * @param {number} t probability
 */
function loss(x, t) {
  return t === 0 ? 0 : t * (Math.log(t) - x);
}

/** @type {import("../../xent/build/bench/js-loop.js").Loop} */
export const klDivLossLoop = {
  mean: ({ logits: logProbs, targets, elements }) => {
    let total = 0;
    for (let i = 0; i < elements; i++) total += loss(logProbs[i], targets[i]);
    return total / elements;
  },
  meanAndGrad: ({ logits: logProbs, targets, elements }, grad) => {
    let total = 0;
    for (let i = 0; i < elements; i++) {
      const t = targets[i];
      total += loss(logProbs[i], t);
      grad[i] = -t / elements;
    }
    return total / elements;
  },
  losses: ({ logits: logProbs, targets }) => Float64Array.from(logProbs, (x, i) => loss(x, targets[i])),
};

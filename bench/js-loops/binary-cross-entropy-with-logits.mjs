/**
 *     loss = max(x, 0) - x y + log(1 + exp(-|x|))
 *     grad = (sigmoid(x) - y) / elements
 *
 * @type {import("../../xent/build/bench/js-loop.js").Loop}
 */
export const binaryCrossEntropyWithLogitsLoop = {
  mean: ({ logits, targets, elements }) => {
    let total = 0;
    for (let i = 0; i < elements; i++) {
      const x = logits[i];
      total += Math.max(x, 0) - x * targets[i] + Math.log1p(Math.exp(-Math.abs(x)));
    }
    return total / elements;
  },
  meanAndGrad: ({ logits, targets, elements }, grad) => {
    let total = 0;
    for (let i = 0; i < elements; i++) {
      const x = logits[i];
      const y = targets[i];
      const exp = Math.exp(-Math.abs(x));
      const sigmoid = (x < 0 ? exp : 1) / (1 + exp);
      total += Math.max(x, 0) - x * y + Math.log1p(exp);
      grad[i] = (sigmoid - y) / elements;
    }
    return total / elements;
  },
  losses: ({ logits, targets }) =>
    Float64Array.from(logits, (x, i) => Math.max(x, 0) - x * targets[i] + Math.log1p(Math.exp(-Math.abs(x)))),
};

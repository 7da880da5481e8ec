import type { Operation } from "./package-contenders.js";

/** The loss alone. */
export const lossOperation: Operation = {
  run: (functions, { logits, targets }) => functions.crossEntropy(logits, targets),
  rowLosses: (functions, { logits, targets }) => functions.crossEntropy(logits, targets, { reduction: "none" }),
};

/** The loss and its gradient. Every call writes the gradient to the same array. */
export const gradientOperation: Operation = {
  gradient: true,
  run: (functions, { logits, targets, grad }) => functions.crossEntropyValueAndGrad(logits, targets, { gradOut: grad }).value,
  rowLosses: (functions, { logits, targets, grad }) =>
    functions.crossEntropyValueAndGrad(logits, targets, { gradOut: grad, reduction: "none" }).value,
};

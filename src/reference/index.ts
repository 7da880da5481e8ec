export * from "./cross-entropy.js";
export * from "./information.js";
export * from "./nll-loss.js";
export type { LossValue, Reduction } from "./reduction.js";
export * from "./scoring.js";
export * from "./softmax.js";
export type { FloatData, FloatTensor, IndexTargets, IntegerData, Targets, TensorLike } from "./tensor.js";

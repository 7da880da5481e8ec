/**
 * The graphs for the onnxruntimes: inputs logits [rows, classes] and targets [rows], output the loss. Dimensions are fixed, which
 * gives the optimizers all information. LogSoftmax and GatherElements is the fastest graph; docs/performance.md has the others.
 */
import { constant, modelOf, node, value } from "./model.mjs";

/** @typedef {import("../../../xent/build/bench/types.js").Shape} Shape */
/** @typedef {"mean" | "none"} Reduction */

/** @param {Shape} shape */
function inputs({ rows, classes }) {
  return [value("logits", "float32", [rows, classes]), value("targets", "int64", [rows])];
}

/** @param {Shape} shape @param {Reduction} reduction */
function lossOutput({ rows }, reduction) {
  return value("loss", "float32", reduction === "mean" ? [] : [rows]);
}

/** ONNX's own loss operator. @param {Shape} shape @param {Reduction} reduction */
export function lossOperator(shape, reduction) {
  return modelOf({
    input: inputs(shape),
    initializer: [],
    node: [node("SoftmaxCrossEntropyLoss", ["logits", "targets"], ["loss"], { reduction })],
    output: [lossOutput(shape, reduction)],
  });
}

/** @param {Shape} shape @param {Reduction} reduction */
function logSoftmaxNodes({ rows }, reduction) {
  return {
    initializer: [constant("column", BigInt64Array.of(BigInt(rows), 1n), [2]), constant("flat", BigInt64Array.of(-1n), [1])],
    node: [
      node("LogSoftmax", ["logits"], ["logProbs"], { axis: 1 }),
      node("Reshape", ["targets", "column"], ["indices"]),
      node("GatherElements", ["logProbs", "indices"], ["taken"], { axis: 1 }),
      node("Neg", ["taken"], ["losses"]),
      reduction === "mean"
        ? node("ReduceMean", ["losses"], ["loss"], { keepdims: 0 })
        : node("Reshape", ["losses", "flat"], ["loss"]),
    ],
  };
}

/** @param {Shape} shape @param {Reduction} reduction */
export function logSoftmax(shape, reduction) {
  return modelOf({ input: inputs(shape), ...logSoftmaxNodes(shape, reduction), output: [lossOutput(shape, reduction)] });
}

/**
 * The mean and its gradient: exp(log-probability) / rows, minus 1 / rows at the targets.
 *
 * @param {Shape} shape
 */
export function logSoftmaxAndGradient(shape) {
  const { rows, classes } = shape;
  const { initializer, node: nodes } = logSoftmaxNodes(shape, "mean");
  return modelOf({
    input: inputs(shape),
    initializer: [
      ...initializer,
      constant("scale", Float32Array.of(1 / rows), []),
      constant("less", new Float32Array(rows).fill(-1 / rows), [rows, 1]),
    ],
    node: [
      ...nodes,
      node("Exp", ["logProbs"], ["probs"]),
      node("Mul", ["probs", "scale"], ["scaled"]),
      node("ScatterElements", ["scaled", "indices", "less"], ["grad"], { axis: 1, reduction: "add" }),
    ],
    output: [lossOutput(shape, "mean"), value("grad", "float32", [rows, classes])],
  });
}

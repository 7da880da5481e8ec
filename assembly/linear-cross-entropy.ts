/** The kernels of linear cross-entropy. Bundles of other functions do not have them. */
export { dequantizeInt8, dequantizeUint4 } from "./linear/dequantize";
export {
  addBias, addTimes, biasGradient, expDifferences, hiddenGradient, linearWeightGradient, packStrips, scaleRows,
} from "./linear/gradients";
export { linearLogits } from "./linear/logits";

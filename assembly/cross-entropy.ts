/**
 * The kernels that crossEntropy and crossEntropyValueAndGrad call, with any options. A page that calls nothing else loads only
 * these. test/wasm/kernel-sets.test.ts compares this list with the kernels that the engine's files name.
 */
export { crossEntropyGroups, crossEntropyRows } from "./losses/cross-entropy";
export { gradientFewRows, ungroupRows } from "./losses/gradient-few";
export { gradientRows, gradientShareRows, probabilityGradientRows, softcapSlope } from "./losses/gradient-rows";
export { gradientScales } from "./losses/gradient-scales";
export { polyLackingRows, polyRows, polyShareRows } from "./losses/poly";
export { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from "./math/half";
export { log1pRows } from "./math/log";
export { expPiece, expRows, logSumExpPiece, logSumExpRows, logSumExpWords, mergeRows } from "./rows/log-sum-exp";
export { mergeDots, rowDot } from "./rows/row-dot";
export { rowTarget } from "./rows/row-target";
export { softcap } from "./rows/softcap";
export { transpose } from "./rows/transpose";

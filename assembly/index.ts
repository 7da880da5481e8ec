/**
 * The module's exports: kernels over pointers into the memory that the host gives. They allocate nothing, keep no state
 * and have no static data, so that any number of instances may share a memory.
 */
export { rowMax } from "./rows/row-max";
export { rowExpSum } from "./rows/row-exp-sum";
export { rowTarget } from "./rows/row-target";
export { mergeDots, rowDot } from "./rows/row-dot";
export { rowRank } from "./rows/row-rank";
export { rowTop } from "./rows/row-top";
export { softmaxDivergenceFinish, softmaxDivergenceRows } from "./rows/softmax-divergence";
export { softmaxEntropyFinish, softmaxEntropyRows } from "./rows/softmax-entropy";
export { logSumExpDoubleRows } from "./rows/log-sum-exp-double";
export { rowSum } from "./rows/row-sum";
export { firstOutside } from "./rows/unit-interval";
export { expPiece, expRows, logSumExpPiece, logSumExpRows, logSumExpWords, mergeRows } from "./rows/log-sum-exp";
export { softcap } from "./rows/softcap";
export { transpose } from "./rows/transpose";
export { crossEntropyGroups, crossEntropyRows, logSumExpFinish } from "./losses/cross-entropy";
export { gradientScales } from "./losses/gradient-scales";
export { gradientFewRows, ungroupRows } from "./losses/gradient-few";
export { gradientRows, gradientShareRows, probabilityGradientRows, softcapSlope } from "./losses/gradient-rows";
export { polyLackingRows, polyRows, polyShareRows } from "./losses/poly";
export { softmaxRows, logSoftmaxRows } from "./losses/softmax";
export {
  crossEntropyBetweenRows, entropyRows, jsDivergenceRows, klDivergenceRows,
} from "./losses/information";
export { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from "./math/half";
export { elementLoss } from "./losses/elements";
export { log1pRows } from "./math/log";
export { expLanes, expSingle, logDouble, logSingle } from "./math/probes";

/**
 * The module's exports: kernels over pointers into a memory that the host supplies. They allocate nothing, keep no state and have
 * no static data, so any number of instances may share a memory.
 */
export * from "./cross-entropy";
export * from "./linear-cross-entropy";
export { logSumExpFinish } from "./losses/cross-entropy";
export { elementLoss } from "./losses/elements";
export { crossEntropyBetweenRows, entropyRows, jsDivergenceRows, klDivergenceRows } from "./losses/information";
export { logSoftmaxRows, softmaxRows } from "./losses/softmax";
export { expLanes, expSingle, logDouble, logSingle } from "./math/probes";
export { logSumExpDoubleRows } from "./rows/log-sum-exp-double";
export { rowExpSum } from "./rows/row-exp-sum";
export { rowMax } from "./rows/row-max";
export { rowRank } from "./rows/row-rank";
export { rowSum } from "./rows/row-sum";
export { rowTop } from "./rows/row-top";
export { softmaxDivergenceFinish, softmaxDivergenceRows } from "./rows/softmax-divergence";
export { softmaxEntropyFinish, softmaxEntropyRows } from "./rows/softmax-entropy";
export { firstOutside } from "./rows/unit-interval";

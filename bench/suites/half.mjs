import * as reference from "wasm-cross-entropy/reference";
import { meanOf } from "../../xent/build/bench/expected.js";
import { halfTensor } from "../../xent/build/bench/half.js";
import { lossOperation } from "../../xent/build/bench/operations.js";
import { packageContender, WAYS, wayName } from "../../xent/build/bench/package-contenders.js";
import { LOGITS, randomProblem } from "../../xent/build/bench/problem.js";

/** The first type is the baseline. @type {import("../../xent/build/bench/types.js").FloatType[]} */
const TYPES = ["float32", "float16", "bfloat16"];

/** @type {import("../../xent/build/bench/types.js").Source} */
const source = {
  problem: randomProblem,
  expected: ({ logits, targets, rows, classes }, type) => {
    const rounded = type === "float32" ? logits : halfTensor(logits, type);
    return meanOf({ value: reference.crossEntropy(rounded, targets, { shape: [rows, classes], reduction: "none" }) });
  },
};

/**
 * `crossEntropy(logits, targets)` of 16-bit logits, which the kernels convert, against the same logits in f32; for each build,
 * from JS arrays and in memory.
 *
 * @type {import("../../xent/build/bench/types.js").Suite}
 */
export const half = {
  name: "half",
  title: "crossEntropy({ data, type }, targets): mean over the rows",
  input: `${LOGITS}, rounded to the type`,
  labels: "build, data",
  shapes: [
    { rows: 1024, classes: 1000 },
    { rows: 256, classes: 50257 },
    { rows: 64, classes: 151936 },
  ],
  groups: WAYS.map((way) => ({
    label: wayName(way),
    contenders: TYPES.map((type) =>
      packageContender(way, lossOperation, { id: `${way.variant}-${way.data}-${type}`, label: type, type }),
    ),
    source,
  })),
};

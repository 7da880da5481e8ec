/** Log-probabilities of a few classes of each row. */
import type { CrossEntropyOptions } from "./cross-entropy.js";
import { settingsOf } from "./cross-entropy-rows.js";
import { negativeLogProbability, rowLogSumExp } from "./log-sum-exp.js";
import { indexData } from "./targets.js";
import { dataOf, type FloatTensor, type IndexTargets, type NewFloat64Array, rowsAlong, shapeOf } from "./tensor.js";

export interface SelectiveLogSoftmaxOptions
  extends Pick<CrossEntropyOptions, "shape" | "axis" | "rowStride" | "softcap" | "temperature"> {
  readonly classesShape?: readonly number[] | undefined;
  readonly among?: boolean | undefined;
}

/**
 * log p_c = x_c - log sum_k exp(x_k) for K classes c of each row, with x = softcap(logits) / temperature; rows x K, in nats. The
 * sum is over all classes k, or with `among` over the K given ones, each as often as it is given.
 *
 * A flat list of classes is that of every row; classes with a shape are one list per row, or one class per row.
 *
 * Source: TRL, `selective_log_softmax`.
 *
 * @throws RangeError for a class or an axis out of range.
 *
 * @example
 * selectiveLogSoftmax([0, 0, 5], [0, 1], { among: true }); // => [-0.6931471805599453, -0.6931471805599453]
 */
export function selectiveLogSoftmax(
  logits: FloatTensor,
  classes: IndexTargets,
  options: SelectiveLogSoftmaxOptions = {},
): NewFloat64Array {
  const data = dataOf(logits);
  const rows = rowsAlong(data, options.shape ?? shapeOf(logits) ?? [data.length], options.axis, options.rowStride);
  const settings = settingsOf(rows, options);
  const indices = Array.from(indexData(classes), Number);
  const wrong = indices.findIndex((c) => !(Number.isInteger(c) && c >= 0 && c < rows.classes));
  if (wrong >= 0) throw new RangeError(`classes[${wrong}]: expected 0..${rows.classes - 1}, got ${indices[wrong]}`);
  const isShared = (options.classesShape ?? shapeOf(classes)) === undefined;
  const count = isShared ? indices.length : indices.length / Math.max(1, rows.count);
  const lists = Array.from({ length: rows.count }, (_, row) =>
    isShared ? indices : indices.slice(row * count, (row + 1) * count),
  );
  return Float64Array.from(
    lists.flatMap((list, index) => {
      const row = settings.read(index);
      const selected = Float64Array.from(list, (c) => row.x[c]);
      const sum = options.among ? rowLogSumExp(selected) : row;
      return Array.from(selected, (x) => 0 - negativeLogProbability(sum, x));
    }),
  );
}

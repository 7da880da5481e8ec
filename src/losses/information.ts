/** entropy, crossEntropyBetween, klDivergence and jsDivergence: checks -> job -> result. */

import type { BatchOptions, InformationOptions, VectorOptions } from "../arguments/function-options.js";
import { INFORMATION_OPTIONS } from "../arguments/function-options.js";
import { checkOptions } from "../arguments/options.js";
import { checkApart, outputArray } from "../arguments/outputs.js";
import { type RowLayout, shapedRows } from "../arguments/rows.js";
import { type FloatInput, floatInput, isTensorLike } from "../arguments/tensors.js";
import type { FloatTensor, NumberData, Out, OutputOf, TensorLike } from "../arguments/types.js";
import { runDefault } from "../engine/default.js";
import type { Kind } from "../engine/kind.js";
import {
  crossEntropyBetweenKind,
  entropyKind,
  jsDivergenceKind,
  klDivergenceKind,
  type MeasureJob,
} from "../engine/kinds/measures.js";
import { type Task, taskOf } from "../engine/task.js";
import { describe, wrongValue } from "../errors.js";
import { isHalf, toFloat32 } from "../half.js";

/** Allowed distance of a vector's sum from 1: admits a softmax rounded to bfloat16, and rejects counts and logits. */
const SUM_TOLERANCE = 0.01;

/**
 * Shannon entropy of probability vectors.
 *
 * ```text
 * H(p) = -sum_c p_c log p_c,   0 log 0 = 0
 * ```
 *
 * @param p - One vector (flat), or a batch: `shape` or a tensor object. Each vector sums to 1.
 * @param options - `shape`, `axis` (default -1), `base` ("e" for nats, 2 for bits, or 10), `out` for a batch.
 * @returns A number for a flat array without `shape` and `out`, which is one vector; otherwise a Float32Array of one value per
 * vector, even if there is only one.
 * @throws TypeError for a wrong type or an unknown option; RangeError for a probability outside [0, 1], a vector whose sum
 * differs from 1 by more than 0.01, an unknown base, or a shape, axis or `out` length that does not fit.
 *
 * Accuracy: logarithms and sums of the f32 probabilities in f64, within 1e-14 relative. Source: Shannon 1948.
 *
 * @example
 * ```ts
 * import { entropy } from "wasm-cross-entropy";
 *
 * entropy([0.25, 0.25, 0.25, 0.25]); // => 1.3862944
 * entropy([0.25, 0.25, 0.25, 0.25], { base: 2 }); // => 2
 * entropy([1, 0, 0, 0]); // => 0
 * ```
 */
export function entropy(p: NumberData, options?: VectorOptions<InformationOptions>): number;
export function entropy<O extends Out = undefined>(p: TensorLike, options?: InformationOptions<O>): OutputOf<O>;
export function entropy<O extends Out = undefined>(p: FloatTensor, options: BatchOptions<InformationOptions<O>>): OutputOf<O>;
export function entropy<O extends Out = undefined>(p: FloatTensor, options?: InformationOptions<O>): number | OutputOf<O>;
export function entropy(p: FloatTensor, options?: InformationOptions): number | Float32Array {
  return runDefault(entropyTask(p, options));
}

/**
 * Cross-entropy between probability vectors: the mean code length of events drawn from p under a code made for q.
 *
 * ```text
 * H(p, q) = -sum_c p_c log q_c = H(p) + D(p | q),   0 log 0 = 0
 * ```
 *
 * +Infinity where q is 0 and p is not.
 *
 * @param p - True probabilities: one vector or a batch.
 * @param q - Model probabilities, of p's length and shape.
 * @param options - As for {@link entropy}.
 * @returns A number for a flat array without `shape` and `out`, which is one vector; otherwise a Float32Array of one value per
 * vector, even if there is only one.
 * @throws TypeError and RangeError as {@link entropy}, and RangeError when the lengths or shapes differ.
 *
 * Accuracy: logarithms and sums of the f32 probabilities in f64, within 1e-14 relative. Source: Cover and Thomas, chapter 2.
 *
 * @example
 * ```ts
 * import { crossEntropyBetween } from "wasm-cross-entropy";
 *
 * crossEntropyBetween([0.8, 0.1, 0.1], [0.7, 0.2, 0.1]); // => 0.6765423
 * crossEntropyBetween([0, 0, 1], [0.1, 0.7, 0.2]); // => 1.6094379
 * ```
 */
export function crossEntropyBetween(p: NumberData, q: NumberData, options?: VectorOptions<InformationOptions>): number;
export function crossEntropyBetween<O extends Out = undefined>(
  p: TensorLike,
  q: FloatTensor,
  options?: InformationOptions<O>,
): OutputOf<O>;
export function crossEntropyBetween<O extends Out = undefined>(
  p: FloatTensor,
  q: FloatTensor,
  options: BatchOptions<InformationOptions<O>>,
): OutputOf<O>;
export function crossEntropyBetween<O extends Out = undefined>(
  p: FloatTensor,
  q: FloatTensor,
  options?: InformationOptions<O>,
): number | OutputOf<O>;
export function crossEntropyBetween(p: FloatTensor, q: FloatTensor, options?: InformationOptions): number | Float32Array {
  return runDefault(crossEntropyBetweenTask(p, q, options));
}

/**
 * Kullback-Leibler divergence of probability vectors.
 *
 * ```text
 * D(p | q) = sum_c p_c log(p_c / q_c),   0 log 0 = 0
 * ```
 *
 * +Infinity where q is 0 and p is not.
 *
 * @param p - True probabilities: one vector or a batch.
 * @param q - Model probabilities, of p's length and shape.
 * @param options - As for {@link entropy}.
 * @returns A number for a flat array without `shape` and `out`, which is one vector; otherwise a Float32Array of one value per
 * vector, even if there is only one.
 * @throws TypeError and RangeError as {@link entropy}, and RangeError when the lengths or shapes differ.
 *
 * Accuracy: logarithms and sums of the f32 probabilities in f64, within 1e-14 of the sum of the terms' magnitudes. Source:
 * Kullback and Leibler 1951.
 *
 * @example
 * ```ts
 * import { klDivergence } from "wasm-cross-entropy";
 *
 * klDivergence([0.8, 0.1, 0.1], [0.7, 0.2, 0.1]); // => 0.0375104
 * ```
 */
export function klDivergence(p: NumberData, q: NumberData, options?: VectorOptions<InformationOptions>): number;
export function klDivergence<O extends Out = undefined>(
  p: TensorLike,
  q: FloatTensor,
  options?: InformationOptions<O>,
): OutputOf<O>;
export function klDivergence<O extends Out = undefined>(
  p: FloatTensor,
  q: FloatTensor,
  options: BatchOptions<InformationOptions<O>>,
): OutputOf<O>;
export function klDivergence<O extends Out = undefined>(
  p: FloatTensor,
  q: FloatTensor,
  options?: InformationOptions<O>,
): number | OutputOf<O>;
export function klDivergence(p: FloatTensor, q: FloatTensor, options?: InformationOptions): number | Float32Array {
  return runDefault(klDivergenceTask(p, q, options));
}

/**
 * Jensen-Shannon divergence of probability vectors: symmetric, finite, at most log 2.
 *
 * ```text
 * JS(p, q) = (D(p | m) + D(q | m)) / 2,   m = (p + q) / 2
 * ```
 *
 * @param p - Probabilities: one vector or a batch.
 * @param q - Probabilities of p's length and shape.
 * @param options - As for {@link entropy}.
 * @returns A number for a flat array without `shape` and `out`, which is one vector; otherwise a Float32Array of one value per
 * vector, even if there is only one.
 * @throws TypeError and RangeError as {@link entropy}, and RangeError when the lengths or shapes differ.
 *
 * Accuracy: logarithms and sums of the f32 probabilities in f64, within 1e-14 absolute. Source: Lin 1991, IEEE Trans.
 * Inf. Theory 37.
 *
 * @example
 * ```ts
 * import { jsDivergence } from "wasm-cross-entropy";
 *
 * jsDivergence([1, 0], [0, 1]); // => 0.6931472
 * jsDivergence([1, 0], [0, 1], { base: 2 }); // => 1
 * ```
 */
export function jsDivergence(p: NumberData, q: NumberData, options?: VectorOptions<InformationOptions>): number;
export function jsDivergence<O extends Out = undefined>(
  p: TensorLike,
  q: FloatTensor,
  options?: InformationOptions<O>,
): OutputOf<O>;
export function jsDivergence<O extends Out = undefined>(
  p: FloatTensor,
  q: FloatTensor,
  options: BatchOptions<InformationOptions<O>>,
): OutputOf<O>;
export function jsDivergence<O extends Out = undefined>(
  p: FloatTensor,
  q: FloatTensor,
  options?: InformationOptions<O>,
): number | OutputOf<O>;
export function jsDivergence(p: FloatTensor, q: FloatTensor, options?: InformationOptions): number | Float32Array {
  return runDefault(jsDivergenceTask(p, q, options));
}

type MeasureTask = Task<number | Float32Array>;

export function entropyTask(p: FloatTensor, options?: InformationOptions): MeasureTask {
  return measureTask(entropyKind, p, undefined, options);
}

export function crossEntropyBetweenTask(p: FloatTensor, q: FloatTensor, options?: InformationOptions): MeasureTask {
  return measureTask(crossEntropyBetweenKind, p, q, options);
}

export function klDivergenceTask(p: FloatTensor, q: FloatTensor, options?: InformationOptions): MeasureTask {
  return measureTask(klDivergenceKind, p, q, options);
}

export function jsDivergenceTask(p: FloatTensor, q: FloatTensor, options?: InformationOptions): MeasureTask {
  return measureTask(jsDivergenceKind, p, q, options);
}

function measureTask(
  kind: Kind<MeasureJob>,
  p: FloatTensor,
  q: FloatTensor | undefined,
  options: InformationOptions | undefined,
): MeasureTask {
  const given = checkOptions(options, INFORMATION_OPTIONS);
  const unit = unitOf(given.base);
  const first = floatInput("p", p);
  const second = kind === entropyKind ? first : floatInput("q", q as FloatTensor);
  const { layout, shape } = shapedRows("p", first.data.length, first.shape ?? second.shape, given, undefined);
  if (second !== first) checkPair(first, second, shape);
  checkProbabilities("p", first.data, layout);
  if (second !== first) checkProbabilities("q", second.data, layout);
  const single = given.shape === undefined && given.out === undefined && !isTensorLike(p) && !isTensorLike(q);
  const result = single ? null : outputArray(given.out, layout.rows);
  checkApart(result, [
    ["p", first.data],
    ["q", second.data],
  ]);
  const nats = new Float64Array(layout.rows);
  return taskOf(kind, { layout, p: first.data, q: second.data, out: nats }, () => {
    if (!result) return nats[0] / unit;
    for (let r = 0; r < nats.length; r++) result[r] = nats[r] / unit;
    return result;
  });
}

/** Nats per unit of the given base. */
function unitOf(base: InformationOptions["base"]): number {
  if (base === undefined || base === "e" || base === Math.E) return 1;
  if (base === 2) return Math.LN2;
  if (base === 10) return Math.LN10;
  throw wrongValue("options.base", `"e", Math.E, 2 or 10`, describe(base));
}

function checkPair(p: FloatInput, q: FloatInput, shape: readonly number[] | undefined): void {
  if (q.data.length !== p.data.length) throw wrongValue("q", `${p.data.length} probabilities, as many as p`, `${q.data.length}`);
  if (q.shape !== undefined && shape !== undefined && q.shape.join() !== shape.join()) {
    throw wrongValue("q", `p's shape [${shape.join(", ")}]`, `[${q.shape.join(", ")}]`);
  }
}

/** @throws RangeError for an element outside [0, 1], or a vector whose sum is not near 1. */
function checkProbabilities(name: string, data: FloatInput["data"], layout: RowLayout): void {
  const { rows, classes, inner, stride } = layout;
  const floats = isHalf(data) ? toFloat32(data) : data;
  for (let row = 0; row < rows; row++) {
    const base = Math.floor(row / inner) * stride + (row % inner);
    let sum = 0;
    for (let c = 0; c < classes; c++) {
      const probability = floats[base + c * inner];
      if (!(probability >= 0 && probability <= 1)) {
        throw wrongValue(`${name}[${base + c * inner}]`, "a probability in [0, 1]", probability);
      }
      sum += probability;
    }
    if (!(Math.abs(sum - 1) <= SUM_TOLERANCE)) {
      throw wrongValue(name, `probabilities that sum to 1 (within ${SUM_TOLERANCE})`, `a sum of ${sum} in vector ${row}`);
    }
  }
}

/**
 * Calls of every function as plain data, so that the same calls can run on the plain functions and on engines and be compared
 * with recorded bits, with their arrays wherever a test wants them.
 */
import type { Functions } from "../../src/index.js";
import { ExactRandom } from "./exact-random.js";
import { firstDifferentByte } from "./first-difference.js";

export interface Call {
  readonly name: keyof Functions;
  readonly args: readonly unknown[];
  /** Distinguishes the call from other calls of the same function. */
  readonly variant: string;
}

/** Bits of a result: numbers as f64, arrays unchanged, members in order. */
export type Bits = readonly (readonly [path: string, bytes: Uint8Array])[];

export function bitsOf(result: unknown): Bits {
  return partsOf(result).map(([path, array]) => [path, bytesOf(array)]);
}

function partsOf(result: unknown, path = "value"): readonly (readonly [path: string, array: ArrayBufferView])[] {
  if (typeof result === "number") return [[path, Float64Array.of(result)]];
  if (ArrayBuffer.isView(result)) return [[path, result]];
  if (result === null || result === undefined) return [[path, new Uint8Array(0)]];
  return Object.entries(result as object).flatMap(([key, value]) => partsOf(value, key));
}

/** A copy that later calls cannot overwrite. All NaNs get the same bits, because WebAssembly does not specify them. */
function bytesOf(array: ArrayBufferView): Uint8Array {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength).slice();
  if (array instanceof Float32Array) makeNansAlike32(new Float32Array(bytes.buffer));
  if (array instanceof Float64Array) makeNansAlike64(new Float64Array(bytes.buffer));
  return bytes;
}

// one function per array type: a loop over both types takes five times as long
function makeNansAlike32(values: Float32Array): void {
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i])) values[i] = Number.NaN;
}

function makeNansAlike64(values: Float64Array): void {
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i])) values[i] = Number.NaN;
}

/** The first difference of a result from bits, or undefined; a deep comparison of a million bytes would take a second. */
export function difference(result: unknown, expected: Bits): string | undefined {
  const actual = partsOf(result);
  const paths = (parts: readonly (readonly [path: string, array: ArrayBufferView])[]): string =>
    parts.map(([path, { byteLength }]) => `${path} (${byteLength} bytes)`).join(", ");
  if (paths(actual) !== paths(expected)) return `got ${paths(actual)}, expected ${paths(expected)}`;
  for (const [i, [path, bytes]] of expected.entries()) {
    const [, array] = actual[i] as (typeof actual)[number];
    if (firstDifferentByte(array, bytes) === bytes.length) continue;
    const at = firstDifferentByte(bytesOf(array), bytes);
    if (at < bytes.length) return `${path} differs from byte ${at} of ${bytes.length} on`;
  }
  return undefined;
}

export function makeCall(functions: object, { name, args }: Call): unknown {
  const method = (functions as Record<string, (...args: readonly unknown[]) => unknown>)[name];
  if (!method) throw new Error(`no function ${name}`);
  return method(...args);
}

/** Calls of every function, with the class axis last (`axis` -1) or in the middle (`axis` 1 of three dimensions). */
export function callsOf(shape: readonly number[], axis: number, seed: number): Call[] {
  const random = new ExactRandom(seed);
  const classes = shape.at(axis) as number;
  const length = shape.reduce((product, size) => product * size, 1);
  const rows = length / classes;
  const logits = random.logits(length, 3);
  const logProbs = logits.map((x) => -Math.abs(x) - 0.0625);
  const targets = random.classes(rows, classes);
  const weight = new Float32Array(classes);
  for (let c = 0; c < classes; c++) weight[c] = 0.25 + random.uniform();
  const q = laidOut(random.distributions(rows, classes), shape, axis);
  const p = laidOut(random.distributions(rows, classes), shape, axis);
  const labels = random.probabilities(length);
  const perRow = random.logits(rows, 1);
  const perElement = random.logits(length, 1);
  const noisy = logits.map((x, i) => x + 0.25 * perElement[i]);
  const tokenBytes = Int32Array.from({ length: classes }, (_, c) => c % 7);
  const lists = Int32Array.from({ length: rows * 3 }, (_, i) => (Math.max(0, targets[Math.floor(i / 3)]) + i * 7) % classes);
  const classesShape = [...shape.filter((_, i) => i !== (axis < 0 ? axis + shape.length : axis)), 3];
  const at = { shape, axis };
  const padded = (values: Float32Array, by: number) => {
    const result = new Float32Array(rows * (classes + by)).fill(Number.NaN);
    for (let row = 0; row < rows; row++) result.set(values.subarray(row * classes, (row + 1) * classes), row * (classes + by));
    return result;
  };
  const strides = { ...at, rowStride: classes + 1, otherRowStride: classes + 3, shift: 0 };
  const all = { ...at, softcap: 15, temperature: 0.7, zLoss: 1e-3, weight };
  const none = { reduction: "none" } as const;
  const documents = Int32Array.from({ length: rows }, (_, row) => row % 3);
  const kept = Int32Array.from({ length: rows }, (_, row) => (row % 5 === 3 ? 0 : 1));
  const sampleWeight = Float32Array.from({ length: rows }, (_, row) => (row % 4) * 0.75);
  const selection = { shift: 1, mask: kept, attentionMask: kept.toReversed(), sampleWeight };
  const call = (name: keyof Functions, variant: string, ...args: unknown[]): Call => ({ name, variant, args });
  return [
    call("crossEntropy", "mean", logits, targets, at),
    call("crossEntropy", "sum, options", logits, targets, { ...all, reduction: "sum", labelSmoothing: 0.125 }),
    call("crossEntropy", "none", logits, targets, { ...at, ...none, zLoss: 1e-3 }),
    call("crossEntropy", "probabilities", logits, q, { ...all, reduction: "sum" }),
    call("crossEntropyValueAndGrad", "mean", logits, targets, at),
    call("crossEntropyValueAndGrad", "options", logits, targets, { ...all, ...none, labelSmoothing: 0.125, upstream: perRow }),
    call("crossEntropyValueAndGrad", "probabilities", logits, q, { ...all, targetGrad: true }),
    call("crossEntropyValueAndGrad", "selection", logits, targets, { ...all, ...selection }),
    call("crossEntropyValueAndGrad", "selection, probabilities", logits, q, { ...all, ...selection, targetGrad: true }),
    call("scoreTokens", "", logits, targets, { ...at, shift: 0, topK: Math.min(5, classes) }),
    call("scoreTokens", "options", logits, targets, { ...at, softcap: 15, temperature: 0.7, shift: 1, tokenBytes }),
    call("scoreTokens", "documents", logits, targets, { ...at, shift: 1, mask: kept, documents, tokenBytes }),
    call("compareLogits", "documents", logits, noisy, targets, { ...at, shift: 1, documents }),
    call("compareLogits", "", logits, noisy, targets, { ...at, shift: 0 }),
    call("compareLogits", "options", logits, noisy, targets, { ...at, softcap: 15, temperature: 0.7, shift: 1 }),
    ...(axis === -1 ? [call("compareLogits", "two paddings", padded(logits, 1), padded(noisy, 3), targets, strides)] : []),
    call("logSumExpPartial", "", logits, targets, { ...at, temperature: 0.7, softcap: 15, firstClass: 1 }),
    call("nllLoss", "", logProbs, targets, { ...at, weight }),
    call("nllLossValueAndGrad", "", logProbs, targets, { ...at, ...none, weight, upstream: perRow }),
    call("nllLossValueAndGrad", "selection", logProbs, targets, { ...at, ...selection, weight }),
    call("polyLoss", "classes", logits, targets, { ...at, epsilon: 2 }),
    call("polyLossValueAndGrad", "classes", logits, targets, { ...at, epsilon: 2 }),
    call("polyLossValueAndGrad", "probabilities", logits, q, { ...at, epsilon: 2 }),
    call("polyLossValueAndGrad", "selection, probabilities", logits, q, { ...at, ...selection }),
    call("binaryCrossEntropy", "", labels, p, { shape }),
    call("binaryCrossEntropyValueAndGrad", "", labels, p, { shape, targetGrad: true }),
    call("binaryCrossEntropyWithLogits", "", logits, labels, { shape, posWeight: perElement.subarray(0, shape.at(-1)) }),
    call("binaryCrossEntropyWithLogitsValueAndGrad", "", logits, labels, { shape, ...none, upstream: perElement }),
    call("klDivLoss", "", logProbs, labels, { shape, reduction: "sum" }),
    call("klDivLossValueAndGrad", "log targets", logProbs, logProbs.map(half), { shape, logTarget: true, targetGrad: true }),
    call("sigmoidFocalLoss", "", logits, labels, { shape, gamma: 1.5 }),
    call("sigmoidFocalLossValueAndGrad", "", logits, labels, { shape }),
    call("jsDivLoss", "", logProbs, logProbs.map(half), at),
    call("jsDivLossValueAndGrad", "", logProbs, logProbs.map(half), { ...at, ...none, beta: 0.25, upstream: perRow }),
    call("jsDivLossValueAndGrad", "selection", logProbs, logProbs.map(half), { ...at, ...selection }),
    call("softmax", "", logits, at),
    call("logSoftmax", "", logits, at),
    call("selectiveLogSoftmax", "", logits, lists, { ...at, classesShape }),
    call("selectiveLogSoftmax", "one list", logits, [classes - 1, 0], { ...at, softcap: 15, temperature: 0.7 }),
    call("selectiveLogSoftmax", "among", logits, lists, { ...at, classesShape, among: true, softcap: 15 }),
    call("logSumExp", "", logits, at),
    call("entropy", "", p, at),
    call("crossEntropyBetween", "", p, q, at),
    call(
      "klDivergence",
      "",
      p,
      q.map((x) => x * 0.5 + 0.5 / classes),
      at,
    ),
    call("jsDivergence", "", p, q, at),
  ];
}

/** Calls of the functions of a linear layer, with as many rows and classes as `shape` has. */
export function layerCallsOf(shape: readonly number[], axis: number, seed: number): Call[] {
  const random = new ExactRandom(seed);
  const classes = shape.at(axis) as number;
  const rows = shape.reduce((product, size) => product * size, 1) / classes;
  const width = 5;
  const hidden = random.logits(rows * width, 1);
  const linearWeight = random.logits(classes * width, 1);
  const bias = random.logits(classes, 1);
  const upstream = random.logits(rows, 1);
  const targets = random.classes(rows, classes);
  const at = { shape: [rows, width] };
  const options = { ...at, bias, softcap: 15, temperature: 0.7, zLoss: 1e-3, labelSmoothing: 0.125 };
  const call = (name: keyof Functions, variant: string, given: object): Call => ({
    ...{ name, variant },
    args: [hidden, linearWeight, targets, given],
  });
  return [
    call("linearCrossEntropy", "mean", at),
    call("linearCrossEntropy", "options", { ...options, reduction: "none" }),
    call("linearCrossEntropyValueAndGrad", "options", { ...options, reduction: "none", upstream }),
    call("linearCrossEntropyValueAndGrad", "hidden alone", { ...at, wants: ["hidden"] }),
    call("scoreHidden", "", { ...at, bias, topK: Math.min(5, classes) }),
  ];
}

function half(x: number): number {
  return x * 0.5;
}

/** Rows of classes, laid out for the given class axis. */
function laidOut(rows: Float32Array, shape: readonly number[], axis: number): Float32Array {
  const classes = shape.at(axis) as number;
  const place = axis < 0 ? axis + shape.length : axis;
  const inner = shape.slice(place + 1).reduce((product, size) => product * size, 1);
  return rows.map((_, i) => {
    const c = Math.floor(i / inner) % classes;
    const row = Math.floor(i / (inner * classes)) * inner + (i % inner);
    return rows[row * classes + c];
  });
}

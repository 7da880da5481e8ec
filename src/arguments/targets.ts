/** Class targets of any integer type, checked and converted to an Int32Array. */
import { describe, wrongType, wrongValue } from "../errors.js";
import { fieldOf, isInt32, typedArrayName } from "../values.js";
import { checkAttached, isTensorLike, tensorShape } from "./tensors.js";
import type { IndexTargets, IntegerData } from "./types.js";

const EXPECTED_DATA = "class indices in an integer typed array or an array of numbers";
const EXPECTED = "class indices in an integer typed array, an array of numbers or a tensor object { data, dims | shape }";

/** Marks ignored rows in converted targets; never a class. */
const IGNORED = -1;

/** Typed arrays of integers. */
export type IntegerArray = Exclude<IntegerData, readonly number[]>;

/** Targets before the number of classes is known. */
export interface RawTargets {
  readonly data: IntegerArray | readonly unknown[];
  readonly length: number;
  readonly shape: readonly number[] | undefined;
}

/** Targets as jobs hold them. */
export interface ClassTargets {
  readonly targets: Int32Array;
  readonly ignoreIndex: number;
  /** Number of targets that are not ignored. */
  readonly kept: number;
}

/**
 * The targets argument as a list; a single number is a list of one.
 *
 * @throws TypeError when it is not of an integer type, RangeError when a tensor's shape does not match its data.
 */
export function rawTargets(name: string, value: IndexTargets): RawTargets {
  if (typeof value === "number" || typeof value === "bigint") return { data: [value], length: 1, shape: [] };
  if (isTensorLike(value)) {
    const data = integerList(`${name}.data`, value.data, EXPECTED_DATA);
    const type = fieldOf(value, "type");
    if (typeof type === "string" && /float/.test(type)) {
      throw new TypeError(`${name}.data: expected ${EXPECTED_DATA}, got ${describe(value.data)} of type ${describe(type)}`);
    }
    const shape = tensorShape(name, value);
    const product = shape.reduce((total, size) => total * size, 1);
    if (product !== data.length) {
      throw wrongValue(name, `${product} elements for the shape [${shape.join(", ")}]`, `${data.length}`);
    }
    return { data, length: data.length, shape };
  }
  const data = integerList(name, value, EXPECTED);
  return { data, length: data.length, shape: undefined };
}

function integerList(name: string, value: unknown, expected: string): IntegerArray | readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (isIntegerArray(value)) {
    checkAttached(name, value);
    return value;
  }
  throw wrongType(name, expected, value);
}

/** Whether `value` is a typed array of integers. */
export function isIntegerArray(value: unknown): value is IntegerArray {
  const name = typedArrayName(value);
  return name !== undefined && !name.startsWith("Float");
}

/**
 * One class per row, each in 0 .. classes - 1 or equal to ignoreIndex.
 *
 * An Int32Array is used as it is; other types are converted (4 bytes per row).
 *
 * @throws RangeError for a wrong number of targets, a shape other than the rows', or a target that is neither a class nor
 * ignoreIndex; TypeError for elements that are not numbers.
 */
export function classTargets(
  name: string,
  raw: RawTargets,
  rows: number,
  rowShape: readonly number[] | undefined,
  classes: number,
  ignoreIndex: number,
): ClassTargets {
  if (raw.length !== rows) throw wrongValue(name, `${rows} targets, one per row`, `${raw.length}`);
  if (raw.shape !== undefined && rowShape !== undefined && !sameShape(raw.shape, rowShape)) {
    throw wrongValue(name, `the shape of the rows, [${rowShape.join(", ")}]`, `[${raw.shape.join(", ")}]`);
  }
  const check = new TargetCheck(name, classes, ignoreIndex);
  const { data } = raw;
  if (isInt32(data)) return check.int32(data);
  if (typedArrayName(data)?.startsWith("Big")) return check.words(data as BigInt64Array);
  return check.any(data);
}

/** Whether two shapes are equal, or both a single row ([] or [1]). */
function sameShape(a: readonly number[], b: readonly number[]): boolean {
  const single = (shape: readonly number[]): boolean => shape.every((size) => size === 1) && shape.length <= 1;
  if (single(a) && single(b)) return true;
  return a.length === b.length && a.every((size, index) => size === b[index]);
}

class TargetCheck {
  readonly #name: string;
  readonly #classes: number;
  readonly #ignoreIndex: number;

  constructor(name: string, classes: number, ignoreIndex: number) {
    this.#name = name;
    this.#classes = classes;
    this.#ignoreIndex = ignoreIndex;
  }

  int32(targets: Int32Array): ClassTargets {
    // an ignoreIndex outside i32 matches nothing, and must not wrap to a class when the kernels take it as i32
    const representable = this.#ignoreIndex === (this.#ignoreIndex | 0);
    const ignored = representable ? this.#ignoreIndex | 0 : IGNORED;
    const classes = this.#classes;
    let kept = targets.length;
    for (let i = firstOutside(targets, classes, 0); i < targets.length; i = firstOutside(targets, classes, i + 1)) {
      if (!representable || targets[i] !== ignored) this.#fail(i, targets[i]);
      kept--;
    }
    // an ignoreIndex that is a class (0 for padding, say) passes firstOutside, so those rows are counted here
    if (ignored >= 0 && ignored < classes) for (let i = 0; i < targets.length; i++) if (targets[i] === ignored) kept--;
    return { targets, ignoreIndex: ignored, kept };
  }

  /** Reads 64-bit integers as pairs of 32-bit words, low word first: ten times faster than bigint arithmetic. */
  words(data: BigInt64Array | BigUint64Array): ClassTargets {
    const words = new Int32Array(data.buffer, data.byteOffset, data.length * 2);
    const targets = new Int32Array(data.length);
    const ignored = BigInt(this.#ignoreIndex);
    let kept = 0;
    for (let i = 0; i < targets.length; i++) {
      const low = words[2 * i];
      if (words[2 * i + 1] === 0 && low >>> 0 < this.#classes && low >= 0 && low !== this.#ignoreIndex) {
        targets[i] = low;
        kept++;
      } else if (data[i] === ignored) targets[i] = IGNORED;
      else this.#fail(i, data[i]);
    }
    return { targets, ignoreIndex: IGNORED, kept };
  }

  any(data: ArrayLike<unknown>): ClassTargets {
    const targets = new Int32Array(data.length);
    let kept = 0;
    for (let i = 0; i < targets.length; i++) {
      const value = data[i];
      const target = typeof value === "bigint" ? Number(value) : value;
      if (typeof target !== "number") throw wrongType(`${this.#name}[${i}]`, "an integer class index", value);
      if (target === this.#ignoreIndex) targets[i] = IGNORED;
      else if (Number.isInteger(target) && target >= 0 && target < this.#classes) {
        targets[i] = target;
        kept++;
      } else this.#fail(i, value);
    }
    return { targets, ignoreIndex: IGNORED, kept };
  }

  #fail(index: number, got: unknown): never {
    const hint = typeof got === "number" && got > 0 && got < 1 ? " (probabilities go in a Float32Array)" : "";
    throw wrongValue(
      `${this.#name}[${index}]`,
      `0..${this.#classes - 1} or ignoreIndex (${this.#ignoreIndex})`,
      `${describe(got)}${hint}`,
    );
  }
}

/**
 * Index of the first target from `start` on that is outside 0 .. classes - 1, or the length. Checks four targets at a time by the
 * sign bit of t | (classes - 1 - t), in about half the time of one comparison each (docs/performance.md).
 */
function firstOutside(targets: Int32Array, classes: number, start: number): number {
  const last = (classes - 1) | 0;
  let i = start;
  for (const end = targets.length - 4; i <= end; i += 4) {
    const a = targets[i];
    const b = targets[i + 1];
    const c = targets[i + 2];
    const d = targets[i + 3];
    if ((a | b | c | d | (last - a) | (last - b) | (last - c) | (last - d)) < 0) break;
  }
  for (; i < targets.length; i++) {
    const target = targets[i];
    if (target < 0 || target > last) break;
  }
  return i;
}

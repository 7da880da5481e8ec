/** Class targets of any integer type, checked and converted to an Int32Array. */
import { describe, wrongType, wrongUse, wrongValue } from "../errors.js";
import { fieldOf, isInt32, typedArrayName } from "../values.js";
import { elementRemedy, indicesRemedy, rowsRemedy, targetRemedy } from "./remedies.js";
import { checkRowShape, type ShapedRows } from "./rows.js";
import {
  IGNORED,
  mayCount,
  type RowWeightOptions,
  type SelectedRows,
  type Selection,
  selectionOf,
  selectTargets,
} from "./selection.js";
import { checkAttached, dataOf, isTensorLike, tensorShape } from "./tensors.js";
import type { IndexTargets, IntegerData } from "./types.js";

const EXPECTED_DATA = "class indices in an integer typed array or an array of numbers";
const EXPECTED = "class indices in an integer typed array, an array of numbers or a tensor object { data, dims | shape }";

/** Typed arrays of integers. */
export type IntegerArray = Exclude<IntegerData, readonly number[]>;

/** Targets before the number of classes is known. */
export interface RawTargets {
  readonly data: IntegerArray | readonly unknown[];
  readonly length: number;
  readonly shape: readonly number[] | undefined;
}

/** Targets that have been checked, in their own order. */
interface CheckedTargets {
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
    const given = dataOf(name, value);
    const data = integerList(`${name}.data`, given, EXPECTED_DATA);
    const type = fieldOf(value, "type");
    if (typeof type === "string" && /float/.test(type)) {
      throw wrongUse(`${name}.data`, EXPECTED_DATA, `${describe(given)} of type ${describe(type)}`);
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
  throw wrongType(name, expected, value, indicesRemedy(name, value));
}

/** Whether `value` is a typed array of integers. */
export function isIntegerArray(value: unknown): value is IntegerArray {
  const name = typedArrayName(value);
  return name !== undefined && !name.startsWith("Float");
}

/**
 * The class of each row, in 0 .. classes - 1 or equal to ignoreIndex. Targets that cannot count, because a mask says so, may have
 * any value.
 *
 * Without a selection an Int32Array is used as it is; other types are converted (4 bytes per row).
 *
 * @throws RangeError for a wrong number of targets, a shape other than the rows', or a target that is neither a class nor
 * ignoreIndex; TypeError for elements that are not numbers; as selectionOf for the options.
 */
export function classTargets(
  name: string,
  raw: RawTargets,
  rows: ShapedRows,
  given: RowWeightOptions,
  ignoreIndex: number,
  classes = rows.layout.classes,
): SelectedRows<Int32Array> {
  const { layout } = rows;
  if (raw.length !== layout.rows) {
    throw wrongValue(name, `${layout.rows} targets, one per row`, `${raw.length}`, rowsRemedy(name, raw, rows));
  }
  checkRowShape(name, raw.shape, rows, () => rowsRemedy(name, raw, rows));
  const selection = selectionOf(given, rows);
  const { targets, ignoreIndex: ignored, kept } = new TargetCheck(name, classes, ignoreIndex, selection).check(raw.data);
  if (selection) return selectTargets(selection, targets, ignored);
  return { targets, ignoreIndex: ignored, kept, keptWeight: kept, sampleWeight: null };
}

/**
 * Classes none of which is ignored, each in 0 .. classes - 1. An Int32Array is used as it is; other types are converted.
 *
 * @throws RangeError for a number that is no class, TypeError for elements that are not numbers.
 */
export function classIndices(name: string, { data }: RawTargets, classes: number): Int32Array {
  return new TargetCheck(name, classes, null, null).check(data).targets;
}

class TargetCheck {
  readonly #name: string;
  readonly #classes: number;
  /** Null: no target is ignored. */
  readonly #ignoreIndex: number | null;
  readonly #selection: Selection | null;

  constructor(name: string, classes: number, ignoreIndex: number | null, selection: Selection | null) {
    this.#name = name;
    this.#classes = classes;
    this.#ignoreIndex = ignoreIndex;
    this.#selection = selection;
  }

  check(data: RawTargets["data"]): CheckedTargets {
    if (isInt32(data)) return this.#int32(data);
    if (typedArrayName(data)?.startsWith("Big")) return this.#words(data as BigInt64Array);
    return this.#any(data);
  }

  #int32(targets: Int32Array): CheckedTargets {
    // an ignoreIndex outside i32 matches nothing, and must not wrap to a class when the kernels take it as i32
    const ignoreIndex = this.#ignoreIndex;
    const representable = ignoreIndex !== null && ignoreIndex === (ignoreIndex | 0);
    const ignored = representable ? ignoreIndex | 0 : IGNORED;
    const classes = this.#classes;
    let kept = targets.length;
    for (let i = firstOutside(targets, classes, 0); i < targets.length; i = firstOutside(targets, classes, i + 1)) {
      if (!representable || targets[i] !== ignored) this.#refuse(i, targets[i]);
      kept--;
    }
    // an ignoreIndex that is a class (0 for padding, say) passes firstOutside, so those rows are counted here
    if (ignored >= 0 && ignored < classes) for (let i = 0; i < targets.length; i++) if (targets[i] === ignored) kept--;
    return { targets, ignoreIndex: ignored, kept };
  }

  /** Reads 64-bit integers as pairs of 32-bit words, low word first: ten times faster than bigint arithmetic. */
  #words(data: BigInt64Array | BigUint64Array): CheckedTargets {
    const words = new Int32Array(data.buffer, data.byteOffset, data.length * 2);
    const targets = new Int32Array(data.length);
    const ignored = this.#ignoreIndex === null ? null : BigInt(this.#ignoreIndex);
    let kept = 0;
    for (let i = 0; i < targets.length; i++) {
      const low = words[2 * i];
      if (words[2 * i + 1] === 0 && low >>> 0 < this.#classes && low !== this.#ignoreIndex) {
        targets[i] = low;
        kept++;
        continue;
      }
      targets[i] = IGNORED;
      if (data[i] !== ignored) this.#refuse(i, data[i]);
    }
    return { targets, ignoreIndex: IGNORED, kept };
  }

  #any(data: ArrayLike<unknown>): CheckedTargets {
    const targets = new Int32Array(data.length);
    let kept = 0;
    for (let i = 0; i < targets.length; i++) {
      const value = data[i];
      const target = typeof value === "bigint" ? Number(value) : value;
      if (typeof target !== "number") {
        throw wrongType(`${this.#name}[${i}]`, "an integer class index", value, elementRemedy(this.#name, data, value));
      }
      targets[i] = IGNORED;
      if (target === this.#ignoreIndex) continue;
      if (Number.isInteger(target) && target >= 0 && target < this.#classes) {
        targets[i] = target;
        kept++;
      } else this.#refuse(i, value);
    }
    return { targets, ignoreIndex: IGNORED, kept };
  }

  /** Refuses a target that is no class, unless it cannot count. */
  #refuse(index: number, got: unknown): void {
    if (this.#selection && !mayCount(this.#selection, index)) return;
    const ignored = this.#ignoreIndex === null ? "" : ` or ignoreIndex (${this.#ignoreIndex})`;
    const remedy = targetRemedy(got, this.#classes, ignored !== "");
    throw wrongValue(`${this.#name}[${index}]`, `0..${this.#classes - 1}${ignored}`, got, remedy);
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

/** Which rows count, and how much: `shift`, `mask`, `attentionMask` and `sampleWeight`. */
import { wrongType, wrongValue } from "../errors.js";
import { toFloat32 } from "../half.js";
import { isFloat64, typedArrayName } from "../values.js";
import { integer, numberOption } from "./options.js";
import { checkRowShape, type ShapedRows } from "./rows.js";
import { checkAttached, dataOf, floatInput, isTensorLike, tensorShape } from "./tensors.js";
import type { FloatTensor, Mask } from "./types.js";

/** Options that say which rows count. */
export interface RowSelectionOptions {
  /**
   * Row i belongs to target i + shift of its sequence, a run of rows along the last axis before the classes. The last `shift` rows
   * of a sequence count nowhere. With 1 the targets can be a language model's own input ids. Default 0.
   */
  readonly shift?: number | undefined;
  /** One entry per target: where it is `false` or 0, the target counts nowhere and may have any value. */
  readonly mask?: Mask | undefined;
  /** One entry per token: a row counts only if neither it nor its target is at a token whose entry is `false` or 0 (padding). */
  readonly attentionMask?: Mask | undefined;
}

/** Options that say which rows of a loss count, and how much. */
export interface RowWeightOptions extends RowSelectionOptions {
  /**
   * One weight per row, by which its loss, z-loss and gradient are multiplied. A mean divides by the sum of the weights (times
   * the class weights) of the rows that count. A row of weight 0 counts nowhere.
   */
  readonly sampleWeight?: FloatTensor | undefined;
}

/** What the options of a call say about its rows. */
export interface Selection {
  /** Row i belongs to target i + shift of its sequence. */
  readonly shift: number;
  /** Rows of a sequence, which runs along the last axis of the rows' shape. */
  readonly length: number;
  /** Per target, 0 where it does not count. */
  readonly mask: Uint8Array | null;
  /** Per token, 0 where it is not attended to. */
  readonly attended: Uint8Array | null;
  /** Per row. A row of weight 0 does not count. */
  readonly sampleWeight: SampleWeight | null;
}

export type SampleWeight = Float32Array | Float64Array;

/** Rows that count, as jobs hold them. */
export interface SelectedRows<Targets extends Int32Array | null> {
  /** The class of each row; `ignoreIndex` in rows that do not count. */
  readonly targets: Targets;
  readonly ignoreIndex: number;
  /** Number of rows that count. */
  readonly kept: number;
  /** Sum of the sample weights of the rows that count; without weights, their number. */
  readonly keptWeight: number;
  readonly sampleWeight: SampleWeight | null;
}

/** Marks rows that do not count in lists of ours; never a class. */
export const IGNORED = -1;

/** Stands for the class of a row with a target distribution that counts; greater than any class. */
const NO_CLASS = 2 ** 31 - 1;

/**
 * The selection of a call, or null if its options select nothing.
 *
 * @throws TypeError for a mask that is neither booleans nor integers; RangeError for a negative shift, a mask or sample weights of
 * another length or shape than the rows', or a sample weight that is not finite.
 */
export function selectionOf(given: RowWeightOptions, rows: ShapedRows): Selection | null {
  const { shift, mask, attentionMask, sampleWeight } = given;
  if (shift === undefined && mask === undefined && attentionMask === undefined && sampleWeight === undefined) return null;
  return {
    shift: shiftOption(shift),
    length: rows.rowShape?.at(-1) ?? rows.layout.rows,
    mask: mask === undefined ? null : maskOption("options.mask", mask, rows),
    attended: attentionMask === undefined ? null : maskOption("options.attentionMask", attentionMask, rows),
    sampleWeight: sampleWeight === undefined ? null : sampleWeightOption(sampleWeight, rows),
  };
}

/** Whether a target may count. The value of one that may not is not looked at. */
export function mayCount({ mask, attended }: Selection, target: number): boolean {
  return (mask === null || mask[target] !== 0) && (attended === null || attended[target] !== 0);
}

/** Whether a row counts, its target's value aside. */
function countsRow(selection: Selection, row: number): boolean {
  const { shift, length, attended, sampleWeight } = selection;
  if ((row % length) + shift >= length || !mayCount(selection, row + shift)) return false;
  return (attended === null || attended[row] !== 0) && (sampleWeight === null || sampleWeight[row] !== 0);
}

/** Targets in the order of the rows that they belong to. */
export function selectTargets(selection: Selection, targets: Int32Array, ignoreIndex: number): SelectedRows<Int32Array> {
  return select(selection, targets.length, ignoreIndex, (row) => targets[row + selection.shift]);
}

/** Rows whose targets are distributions: null as targets if all of them count. */
export function selectRows(selection: Selection | null, rows: number): SelectedRows<Int32Array | null> {
  if (selection) return select(selection, rows, IGNORED, () => NO_CLASS);
  return { targets: null, ignoreIndex: IGNORED, kept: rows, keptWeight: rows, sampleWeight: null };
}

function select(
  selection: Selection,
  rows: number,
  ignoreIndex: number,
  targetOf: (row: number) => number,
): SelectedRows<Int32Array> {
  const { sampleWeight } = selection;
  const targets = new Int32Array(rows).fill(ignoreIndex);
  let kept = 0;
  let keptWeight = 0;
  for (let row = 0; row < rows; row++) {
    if (!countsRow(selection, row)) continue;
    const target = targetOf(row);
    if (target === ignoreIndex) continue;
    targets[row] = target;
    kept++;
    keptWeight += sampleWeight ? sampleWeight[row] : 1;
  }
  return { targets, ignoreIndex, kept, keptWeight, sampleWeight };
}

/** @throws TypeError when it is not a number, RangeError when it is negative or not an integer. */
export function shiftOption(value: unknown): number {
  const shift = numberOption("shift", value, integer, 0);
  if (shift < 0) throw wrongValue("options.shift", "an integer >= 0", shift);
  return shift;
}

/** One byte per row, 0 where the mask is 0 or false. */
function maskOption(name: string, value: unknown, rows: ShapedRows): Uint8Array {
  const isTensor = isTensorLike(value);
  const data: unknown = isTensor ? dataOf(name, value) : value;
  const expected = "booleans or integers, 0 where a target does not count";
  const isIntegers = /Int|Uint/.test(typedArrayName(data) ?? "");
  if (!Array.isArray(data) && !isIntegers) throw wrongType(name, expected, data);
  const entries = data as ArrayLike<unknown>;
  if (isIntegers) checkAttached(name, data as Uint8Array);
  checkOnePerRow(name, entries.length, isTensor ? tensorShape(name, value) : undefined, rows);
  const bytes = new Uint8Array(entries.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = isSet(name, entries[i], i) ? 1 : 0;
  return bytes;
}

function isSet(name: string, value: unknown, index: number): boolean {
  if (typeof value === "boolean") return value;
  if (typeof value === "bigint") return value !== 0n;
  if (typeof value !== "number") throw wrongType(`${name}[${index}]`, "a boolean or an integer", value);
  if (!Number.isInteger(value)) throw wrongValue(`${name}[${index}]`, "a boolean or an integer", value);
  return value !== 0;
}

function sampleWeightOption(value: FloatTensor, rows: ShapedRows): SampleWeight {
  const name = "options.sampleWeight";
  const { data, shape } = floatInput(name, value);
  checkOnePerRow(name, data.length, shape, rows);
  const weights = isFloat64(data) ? data : toFloat32(data);
  const index = weights.findIndex((weight) => !Number.isFinite(weight));
  if (index >= 0) throw wrongValue(`${name}[${index}]`, "a finite number", weights[index]);
  return weights;
}

function checkOnePerRow(name: string, length: number, shape: readonly number[] | undefined, rows: ShapedRows): void {
  if (length !== rows.layout.rows) throw wrongValue(name, `${rows.layout.rows} entries, one per row`, `${length}`);
  checkRowShape(name, shape, rows);
}

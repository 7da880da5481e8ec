/** Arguments that scoreTokens and compareLogits share: rows of logits, their sequences, and shifted targets. */

import type { CrossEntropyOptions } from "../arguments/function-options.js";
import { BESIDE, ignoreIndex, type Readers, softcap, temperature } from "../arguments/function-options.js";
import { integer, numberOption } from "../arguments/options.js";
import { checkClasses, type RowLayout, type RowOptions, shapedRows } from "../arguments/rows.js";
import { classTargets, rawTargets } from "../arguments/targets.js";
import { type FloatInput, floatInput } from "../arguments/tensors.js";
import type { FloatTensor, IndexTargets } from "../arguments/types.js";
import { wrongValue } from "../errors.js";

/** Options that scoreTokens and compareLogits share. */
export interface TokenRowsOptions
  extends Pick<CrossEntropyOptions, "shape" | "axis" | "rowStride" | "ignoreIndex" | "softcap" | "temperature"> {
  /**
   * Row i is scored against target i + shift of its sequence; the last `shift` rows of a sequence are ignored. With 1, the
   * targets can be the model's input ids. Default 0.
   */
  readonly shift?: number | undefined;
}

export const TOKEN_ROWS_OPTIONS = {
  shape: BESIDE,
  axis: BESIDE,
  rowStride: BESIDE,
  ignoreIndex,
  softcap,
  temperature,
  shift: shiftOption,
} satisfies Readers<TokenRowsOptions>;

/** Sequences: runs of `length` rows along the shape's last axis before the classes. */
export interface Sequences {
  readonly count: number;
  readonly length: number;
}

export interface TokenRows {
  /** Undefined if no shape was given and the number of rows came from the targets. */
  readonly shape: readonly number[] | undefined;
  readonly layout: RowLayout;
  readonly sequences: Sequences;
  readonly logits: FloatInput["data"];
  readonly targets: Int32Array;
  readonly ignoreIndex: number;
  readonly softcap: number;
  readonly temperature: number;
}

/**
 * Checks `logits` (called `name` in errors) and `targets`, and returns rows with shifted targets. `otherShape` is used when the
 * logits have no shape.
 */
export function tokenRows(
  name: string,
  logits: FloatTensor,
  targets: IndexTargets,
  given: Partial<TokenRowsOptions>,
  otherShape?: readonly number[],
): TokenRows {
  const input = floatInput(name, logits);
  const ignored = ignoreIndex(given.ignoreIndex);
  const raw = rawTargets("targets", targets);
  const { layout, rowShape, shape } = shapedRows(name, input.data.length, input.shape ?? otherShape, given, raw.length);
  checkClasses(name, layout);
  const checked = classTargets("targets", raw, layout.rows, rowShape, layout.classes, ignored);
  const sequences = sequencesOf(layout.rows, rowShape);
  return {
    shape,
    layout,
    sequences,
    logits: input.data,
    targets: shifted(checked.targets, checked.ignoreIndex, sequences, shiftOption(given.shift)),
    ignoreIndex: checked.ignoreIndex,
    softcap: softcap(given.softcap),
    temperature: temperature(given.temperature),
  };
}

/** The fields that a job takes. */
export function jobRows({ shape: _shape, sequences: _sequences, ...rows }: TokenRows): Omit<TokenRows, "shape" | "sequences"> {
  return rows;
}

/** Layout of the second model's logits, which must have as many rows and classes as the base. */
export function matchingRows(name: string, input: FloatInput, options: RowOptions, base: TokenRows): RowLayout {
  const { layout } = shapedRows(name, input.data.length, input.shape ?? base.shape, options, base.layout.rows);
  const { rows, classes, inner } = layout;
  if (rows !== base.layout.rows || classes !== base.layout.classes || inner !== base.layout.inner) {
    const described = (of: RowLayout): string => `${of.rows} rows of ${of.classes} classes, ${of.inner} apart`;
    throw wrongValue(name, `the base's ${described(base.layout)}`, described(layout));
  }
  return layout;
}

/** 1 for rows that count, 0 for ignored rows. A loop, because `Uint8Array.from` with a function takes 40 ns per entry. */
export function keptRows({ targets, ignoreIndex }: Pick<TokenRows, "targets" | "ignoreIndex">): Uint8Array {
  const kept = new Uint8Array(targets.length);
  for (let row = 0; row < kept.length; row++) kept[row] = targets[row] === ignoreIndex ? 0 : 1;
  return kept;
}

function shiftOption(value: unknown): number {
  const shift = numberOption("shift", value, integer, 0);
  if (shift < 0) throw wrongValue("options.shift", "an integer >= 0", shift);
  return shift;
}

/** Derives the sequences from the shape; without a shape all rows are one sequence. */
function sequencesOf(rows: number, rowShape: readonly number[] | undefined): Sequences {
  const length = rowShape?.at(-1) ?? rows;
  const count = rowShape?.slice(0, -1).reduce((total, size) => total * size, 1) ?? 1;
  return { count, length };
}

function shifted(targets: Int32Array, ignoreIndex: number, { count, length }: Sequences, shift: number): Int32Array {
  if (shift === 0) return targets;
  const result = new Int32Array(targets.length).fill(ignoreIndex);
  if (shift >= length) return result;
  for (let s = 0; s < count; s++) {
    result.set(targets.subarray(s * length + shift, (s + 1) * length), s * length);
  }
  return result;
}

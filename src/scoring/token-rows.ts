/** Arguments that scoreTokens and compareLogits share: rows of logits, their sequences, and shifted targets. */

import type { CrossEntropyOptions, RowSelectionOptions } from "../arguments/function-options.js";
import { BESIDE, ignoreIndex, type Readers, softcap, temperature } from "../arguments/function-options.js";
import { checkClasses, type RowLayout, type RowOptions, shapedRows } from "../arguments/rows.js";
import { shiftOption } from "../arguments/selection.js";
import { classTargets, rawTargets } from "../arguments/targets.js";
import { type FloatInput, floatInput } from "../arguments/tensors.js";
import type { FloatTensor, IndexTargets } from "../arguments/types.js";
import { wrongUse, wrongValue } from "../errors.js";

/**
 * Options that scoreTokens and compareLogits share. `shift` is required with logits of three axes or more: 1 if the targets are the
 * model's own input ids, 0 if they are the next tokens already.
 */
export interface TokenRowsOptions
  extends RowSelectionOptions,
    Pick<CrossEntropyOptions, "shape" | "axis" | "rowStride" | "ignoreIndex" | "softcap" | "temperature"> {}

export const TOKEN_ROWS_OPTIONS = {
  shape: BESIDE,
  axis: BESIDE,
  rowStride: BESIDE,
  ignoreIndex,
  softcap,
  temperature,
  shift: shiftOption,
  mask: BESIDE,
  attentionMask: BESIDE,
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
  const shaped = shapedRows(name, input.data.length, input.shape ?? otherShape, given, raw.length);
  const { layout, rowShape, shape } = shaped;
  checkClasses(name, layout);
  checkShift(given.shift, shape);
  const { targets: selected, ignoreIndex: mark } = classTargets("targets", raw, shaped, given, ignored);
  return {
    shape,
    layout,
    sequences: sequencesOf(layout.rows, rowShape),
    logits: input.data,
    targets: selected,
    ignoreIndex: mark,
    softcap: softcap(given.softcap),
    temperature: temperature(given.temperature),
  };
}

/** The fields that a job takes. */
export function jobRows({ shape: _shape, sequences: _sequences, ...rows }: TokenRows): Omit<TokenRows, "shape" | "sequences"> {
  return rows;
}

const PADDED = "pass shape with the classes that both use, rowStride and otherRowStride";

/** Layout of the second model's logits, which must have as many rows and classes as the base; `rowStride` is its own. */
export function matchingRows(name: string, input: FloatInput, options: RowOptions, base: TokenRows): RowLayout {
  const { length } = input.data;
  const { layout } = shapedRows(name, length, input.shape ?? base.shape, options, base.layout.rows, "otherRowStride");
  const { rows, classes, inner } = layout;
  if (rows !== base.layout.rows || classes !== base.layout.classes || inner !== base.layout.inner) {
    const described = (of: RowLayout): string => `${of.rows} rows of ${of.classes} classes, ${of.inner} apart`;
    const remedy = rows === base.layout.rows && inner === 1 ? PADDED : undefined;
    throw wrongValue(name, `the base's ${described(base.layout)}`, described(layout), remedy);
  }
  return layout;
}

/** 1 for rows that count, 0 for ignored rows. A loop, because `Uint8Array.from` with a function takes 40 ns per entry. */
export function keptRows({ targets, ignoreIndex }: Pick<TokenRows, "targets" | "ignoreIndex">): Uint8Array {
  const kept = new Uint8Array(targets.length);
  for (let row = 0; row < kept.length; row++) kept[row] = targets[row] === ignoreIndex ? 0 : 1;
  return kept;
}

/**
 * Of logits with a sequence axis nobody can tell whether the targets are shifted, and a wrong guess gives a wrong perplexity.
 *
 * @throws TypeError without a shift for logits of three axes or more.
 */
function checkShift(shift: unknown, shape: readonly number[] | undefined): void {
  if (shift !== undefined || shape === undefined || shape.length < 3) return;
  const expected = "shift: 1 if the targets are the model's own input ids, or shift: 0 if they are the next tokens already";
  throw wrongUse("options.shift", expected, `none with logits of ${shape.length} axes`);
}

/** Derives the sequences from the shape; without a shape all rows are one sequence. */
function sequencesOf(rows: number, rowShape: readonly number[] | undefined): Sequences {
  const length = rowShape?.at(-1) ?? rows;
  const count = rowShape?.slice(0, -1).reduce((total, size) => total * size, 1) ?? 1;
  return { count, length };
}

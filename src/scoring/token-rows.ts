/** Arguments that scoreTokens and compareLogits share: rows of logits, their sequences, and shifted targets. */

import type { CrossEntropyOptions, RowSelectionOptions } from "../arguments/function-options.js";
import { BESIDE, ignoreIndex, type Readers, softcap, temperature } from "../arguments/function-options.js";
import { checkClasses, type RowLayout, type RowOptions, type ShapedRows, shapedRows } from "../arguments/rows.js";
import { shiftOption } from "../arguments/selection.js";
import { classTargets, type RawTargets, rawTargets } from "../arguments/targets.js";
import { type FloatInput, floatInput } from "../arguments/tensors.js";
import type { FloatTensor, IndexTargets } from "../arguments/types.js";
import { wrongUse, wrongValue } from "../errors.js";
import { type DocumentsOption, ownersOf } from "./documents-option.js";
import type { Range } from "./sequences.js";

/**
 * Options that scoreTokens and compareLogits share. `shift` is required with logits of three axes or more: 1 if the targets are the
 * model's own input ids, 0 if they are the next tokens already.
 */
export interface TokenRowsOptions
  extends RowSelectionOptions,
    DocumentsOption,
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
  documents: BESIDE,
} satisfies Readers<TokenRowsOptions>;

export interface TokenRows {
  /** Undefined if no shape was given and the number of rows came from the targets. */
  readonly shape: readonly number[] | undefined;
  readonly layout: RowLayout;
  readonly sequences: readonly Range[];
  readonly logits: FloatInput["data"];
  readonly targets: Int32Array;
  readonly ignoreIndex: number;
  readonly softcap: number;
  readonly temperature: number;
  /** 1 for rows that count, 0 for ignored rows. */
  readonly kept: Uint8Array;
  /** The document of each row, with the option `documents`. */
  readonly owners: Float64Array | undefined;
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
  const raw = rawTargets("targets", targets);
  const shaped = shapedRows(name, input.data.length, input.shape ?? otherShape, given, raw.length);
  checkClasses(name, shaped.layout);
  return { logits: input.data, ...scoredRows(shaped, raw, given) };
}

/** The rows and their shifted targets, without the logits. */
export function scoredRows(
  shaped: ShapedRows,
  raw: RawTargets,
  given: Partial<Omit<TokenRowsOptions, "axis" | "rowStride">>,
): Omit<TokenRows, "logits"> {
  const { layout, rowShape, shape } = shaped;
  checkShift(given.shift, shape);
  const { targets, ignoreIndex: mark } = classTargets("targets", raw, shaped, given, ignoreIndex(given.ignoreIndex));
  const kept = keptRows(targets, mark);
  return {
    shape,
    layout,
    sequences: sequencesOf(layout.rows, rowShape),
    targets,
    ignoreIndex: mark,
    softcap: softcap(given.softcap),
    temperature: temperature(given.temperature),
    kept,
    owners:
      given.documents === undefined ? undefined : ownersOf(given.documents, "targets", kept, shaped, shiftOption(given.shift)),
  };
}

/** The fields that a job takes. */
export function jobRows({
  shape: _shape,
  sequences: _sequences,
  kept: _kept,
  owners: _owners,
  ...rows
}: TokenRows): Omit<TokenRows, "shape" | "sequences" | "kept" | "owners"> {
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

/** A loop, because `Uint8Array.from` with a function takes 40 ns per entry. */
function keptRows(targets: Int32Array, ignored: number): Uint8Array {
  const kept = new Uint8Array(targets.length);
  for (let row = 0; row < kept.length; row++) kept[row] = targets[row] === ignored ? 0 : 1;
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

/** Sequences are runs of rows along the shape's last axis before the classes; without a shape all rows are one sequence. */
function sequencesOf(rows: number, rowShape: readonly number[] | undefined): Range[] {
  const length = rowShape?.at(-1) ?? rows;
  const count = rowShape?.slice(0, -1).reduce((total, size) => total * size, 1) ?? 1;
  return Array.from({ length: count }, (_, s) => [s * length, (s + 1) * length]);
}

/** Checks of partials of logSumExpPartial, which may come from workers or storage. */
import { wrongType, wrongValue } from "../errors.js";
import { fieldOf, typedArrayName } from "../values.js";
import { checkAttached } from "./tensors.js";
import type { LogSumExpPartial } from "./types.js";

/** A partial whose arrays have the right types and the same length. */
export interface CheckedPartial {
  readonly max: Float64Array;
  readonly rest: Float64Array;
  /** Null when the partial was made without targets. */
  readonly held: HeldTargets | null;
}

export interface HeldTargets {
  readonly targets: Int32Array;
  readonly targetLogit: Float64Array;
  readonly hasTarget: Uint8Array;
}

/** A class of typed arrays. */
type ArrayClass<View> = { readonly name: string; new (length: number): View };

/**
 * A partial with its arrays checked.
 *
 * @throws TypeError when it is not a partial, or one of its arrays has a wrong type or is detached; RangeError when an array's
 * length differs from that of `max`, or for numbers that logSumExpPartial cannot have written.
 */
export function checkedPartial(name: string, value: unknown): CheckedPartial {
  if (typeof value !== "object" || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) {
    throw wrongType(name, "a partial of logSumExpPartial", value);
  }
  const field = (key: keyof LogSumExpPartial): unknown => fieldOf(value as Partial<LogSumExpPartial>, key);
  const max = arrayIn(`${name}.max`, field("max"), Float64Array, undefined);
  const rows = max.length;
  const rest = arrayIn(`${name}.rest`, field("rest"), Float64Array, rows);
  checkSums(name, max, rest);
  if (field("targets") === null && field("targetLogit") === null && field("hasTarget") === null) {
    return { max, rest, held: null };
  }
  const targets = arrayIn(`${name}.targets`, field("targets"), Int32Array, rows);
  const targetLogit = arrayIn(`${name}.targetLogit`, field("targetLogit"), Float64Array, rows);
  const hasTarget = arrayIn(`${name}.hasTarget`, field("hasTarget"), Uint8Array, rows);
  const held = { targets, targetLogit, hasTarget };
  checkHeld(name, max, held);
  return { max, rest, held };
}

/** @throws RangeError for a row whose `rest` cannot belong to its `max`. */
function checkSums(name: string, max: Float64Array, rest: Float64Array): void {
  for (let r = 0; r < max.length; r++) {
    const [m, R] = [max[r], rest[r]];
    if (Number.isFinite(m) ? R >= 0 && R < Number.POSITIVE_INFINITY : Object.is(R, Number.isNaN(m) ? m : 0)) continue;
    const expected = Number.isFinite(m)
      ? "a finite number >= 0"
      : Number.isNaN(m)
        ? "NaN, as max has"
        : "0, since max is infinite";
    throw wrongValue(`${name}.rest[${r}]`, expected, R);
  }
}

/** @throws RangeError for a row whose target and logit cannot belong to its `max`. */
function checkHeld(name: string, max: Float64Array, { targets, targetLogit, hasTarget }: HeldTargets): void {
  for (let r = 0; r < max.length; r++) {
    const [target, has, logit, m] = [targets[r], hasTarget[r], targetLogit[r], max[r]];
    if (has > 1) throw wrongValue(`${name}.hasTarget[${r}]`, "0 or 1", has);
    if (target < -1) throw wrongValue(`${name}.targets[${r}]`, "a class, or -1 for an ignored row", target);
    if (target < 0 && has > 0) throw wrongValue(`${name}.hasTarget[${r}]`, "0 for an ignored row", has);
    if (has > 0 && logit > m) throw wrongValue(`${name}.targetLogit[${r}]`, `at most max, ${m}`, logit);
    if (has > 0 && Number.isNaN(logit) && !Number.isNaN(m)) throw wrongValue(`${name}.targetLogit[${r}]`, "a number", logit);
  }
}

function arrayIn<View extends Float64Array | Int32Array | Uint8Array>(
  name: string,
  value: unknown,
  type: ArrayClass<View>,
  rows: number | undefined,
): View {
  if (typedArrayName(value) !== type.name) {
    const article = type.name.startsWith("I") ? "an" : "a";
    throw wrongType(name, `${article} ${type.name}${rows === undefined ? "" : ` of ${rows} elements`}`, value);
  }
  const array = value as View;
  checkAttached(name, array);
  if (rows !== undefined && array.length !== rows) throw wrongValue(name, `${rows} elements, as max has`, `${array.length}`);
  return array;
}

/**
 * Only partials of the same rows can be merged.
 *
 * @throws RangeError when the numbers of rows or the targets differ, TypeError when only one of them has targets.
 */
export function checkSameRows(name: string, partial: CheckedPartial, first: CheckedPartial): void {
  const rows = first.max.length;
  if (partial.max.length !== rows) throw wrongValue(name, `${rows} rows, as partials[0] has`, `${partial.max.length}`);
  const [targets, wanted] = [partial.held?.targets ?? null, first.held?.targets ?? null];
  if (targets === null || wanted === null) {
    if (targets === wanted) return;
    throw wrongType(
      `${name}.targets`,
      wanted === null ? "null, as partials[0] has" : "an Int32Array, as partials[0] has",
      targets,
    );
  }
  for (let r = 0; r < rows; r++) {
    if (targets[r] === wanted[r]) continue;
    throw wrongValue(`${name}.targets[${r}]`, `${wanted[r]}, as in partials[0]`, targets[r]);
  }
}

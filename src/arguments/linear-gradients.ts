/** What linear cross-entropy is differentiated by, and the arrays that the gradients are written to. */
import { describe, wrongType, wrongUse, wrongValue } from "../errors.js";
import { fieldOf, isFloat32 } from "../values.js";
import type { LinearLayer } from "./linear-arguments.js";
import {
  LINEAR_GRADIENT_OPTIONS,
  type LinearArgument,
  type LinearGradientOptions,
  type LinearGradOut,
  wantsOption,
} from "./linear-options.js";
import { checkApart, type Placed } from "./outputs.js";
import { checkAttached } from "./tensors.js";

/** Where the gradients go: null for one that is not wanted. */
export interface LinearGradientArrays {
  readonly hidden: Float32Array | null;
  readonly linearWeight: Float32Array | null;
  readonly bias: Float32Array | null;
  /** Whether they are added to what the arrays hold. */
  readonly accumulate: boolean;
  readonly maxBytes: number;
}

/**
 * The options of the gradients. `others` is what the call reads and writes beside them, `options.out` and `options.upstream`
 * included.
 *
 * @throws TypeError for arrays of a wrong type, `accumulate` without arrays, or the gradient of a weight of integers; RangeError
 * for an array of another length than its argument's, or one that overlaps another array of the call.
 */
export function linearGradients(
  given: Partial<LinearGradientOptions>,
  { hidden, weight, rows }: LinearLayer,
  others: readonly (readonly [name: string, array: Placed | null])[],
): LinearGradientArrays {
  const gradOut = gradOutOption(given.gradOut);
  const wanted = wantedOf(given.wants, gradOut);
  const accumulate = LINEAR_GRADIENT_OPTIONS.accumulate(given.accumulate);
  if (accumulate && gradOut === undefined) throw wrongUse("options.accumulate", "gradOut with it, to add to", "none");
  if (wanted.includes("linearWeight") && "scales" in weight) {
    const remedy = 'pass wants: ["hidden"]';
    throw wrongUse("options.wants", "no linearWeight where the weight is of integers", "linearWeight", remedy);
  }
  const apart = [...others];
  const arrayOf = (name: LinearArgument, length: number): Float32Array | null => {
    if (!wanted.includes(name)) return null;
    const array = gradOut && fieldOf(gradOut, name);
    if (array === undefined) return new Float32Array(length);
    const path = `options.gradOut.${name}`;
    if (!isFloat32(array)) throw wrongType(path, `a Float32Array of ${length} elements`, array);
    checkAttached(path, array);
    if (array.length !== length) throw wrongValue(path, `${length} elements`, `${array.length}`);
    checkApart(array, apart, path);
    apart.push([path, array]);
    return array;
  };
  return {
    hidden: arrayOf("hidden", hidden.length),
    linearWeight: arrayOf("linearWeight", weight.classes * weight.width),
    bias: arrayOf("bias", rows.layout.classes),
    accumulate,
    maxBytes: LINEAR_GRADIENT_OPTIONS.maxBytes(given.maxBytes),
  };
}

const NAMES: readonly LinearArgument[] = ["hidden", "linearWeight", "bias"];

function gradOutOption(value: unknown): LinearGradOut | undefined {
  if (value === undefined) return undefined;
  const expected = "an object { hidden, linearWeight, bias } of arrays";
  if (typeof value !== "object" || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) {
    throw wrongType("options.gradOut", expected, value);
  }
  const other = Object.keys(value).find((key) => !NAMES.some((name) => name === key));
  if (other !== undefined) throw wrongUse("options.gradOut", expected, describe(other.slice(0, 40)));
  return value;
}

/** @throws RangeError when there is an array for a gradient that is not wanted, or for none. */
function wantedOf(wants: unknown, gradOut: LinearGradOut | undefined): readonly LinearArgument[] {
  const wanted = wantsOption(wants);
  if (gradOut === undefined) return wanted ?? NAMES;
  const given = NAMES.filter((name) => fieldOf(gradOut, name) !== undefined);
  if (wanted === undefined) {
    if (given.length === 0) throw wrongValue("options.gradOut", "an array for one gradient at least", "none");
    return given;
  }
  const extra = given.find((name) => !wanted.includes(name));
  if (extra !== undefined) throw wrongValue(`options.gradOut.${extra}`, "none, as wants does not have it", "an array");
  return wanted;
}

/** The arguments of gradients: the upstream gradient, and the array that a gradient is written to. */
import { wrongType, wrongValue } from "../errors.js";
import { type HalfArray, halfArray, isHalf, toFloat32 } from "../half.js";
import { isFloat32, isFloat64, isUint16 } from "../values.js";
import { checkApart, type Placed, samePlace } from "./outputs.js";
import { checkAttached, type FloatInput, floatInput, holdsFloats } from "./tensors.js";

/** d objective / d value: `values[i]` for value i, or `scale` for all values. */
export interface Upstream {
  readonly scale: number;
  readonly values: Float32Array | Float64Array | null;
}

/**
 * The upstream gradient of a loss with `values` values ("mean" and "sum" have one).
 *
 * @throws TypeError when it is neither a number nor floats, or is an array with a reduction other than "none"; RangeError when an
 * array does not have one element per value.
 */
export function upstreamGradient(upstream: unknown, reduction: string, values: number): Upstream {
  if (upstream === undefined) return { scale: 1, values: null };
  if (typeof upstream === "number") return { scale: upstream, values: null };
  if (reduction !== "none") throw wrongType("options.upstream", `a number with reduction "${reduction}"`, upstream);
  const { data } = floatInput("options.upstream", upstream as Parameters<typeof floatInput>[1]);
  if (data.length !== values) throw wrongValue("options.upstream", `${values} elements, one per value`, `${data.length}`);
  return { scale: 1, values: isFloat64(data) ? data : toFloat32(data) };
}

type Named = readonly (readonly [name: string, array: Placed | null])[];

/**
 * The array that the engine writes the gradient to: the caller's `gradOut`, or a new one of the input's length. `gradOut` may be
 * the input itself, but may overlap nothing else that is read or written.
 *
 * @throws TypeError for an array of a wrong type, RangeError when its length differs from the input's, or when it overlaps one of
 * `others` or a part of the input.
 */
export function gradientOutput(
  gradOut: unknown,
  input: FloatInput["data"],
  inputName: string,
  others: Named,
): Float32Array | HalfArray {
  if (gradOut === undefined) return new Float32Array(input.length);
  const name = "options.gradOut";
  const out = writable(name, gradOut, input);
  if (out.length !== input.length) throw wrongValue(name, `${input.length} elements`, `${out.length}`);
  checkApart(out, others, name);
  if (!samePlace(out, input)) checkApart(out, [[inputName, input]], name);
  return out;
}

/** The array that `gradOut` stands for. A bare Uint16Array has the type of the 16-bit input. */
function writable(name: string, gradOut: unknown, input: FloatInput["data"]): Float32Array | HalfArray {
  if (isFloat32(gradOut)) {
    checkAttached(name, gradOut);
    return gradOut;
  }
  if (holdsFloats(gradOut, name)) {
    const { data } = floatInput(name, gradOut);
    if (isHalf(data)) return data;
  } else if (isUint16(gradOut) && isHalf(input)) {
    checkAttached(name, gradOut);
    return halfArray(gradOut, input.type);
  }
  const words = isHalf(input) ? "a Uint16Array" : "{ data: Uint16Array, type }";
  throw wrongType(name, `a Float32Array, a Float16Array or ${words}, of ${input.length} elements`, gradOut);
}

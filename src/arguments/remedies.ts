/**
 * Likely mistakes and their remedies, for the end of an error message; undefined where none is likely. Called only once an error is
 * certain. Every bundle carries these texts, so they are short.
 */
import { isUint16 } from "../values.js";

/** For a value that should be floats. */
export function floatsRemedy(name: string, value: unknown): string | undefined {
  if (!isTypedArray(value)) return valuesRemedy(name, value);
  if (isUint16(value)) return '16-bit floats: { data, dims, type: "float16" or "bfloat16" }';
  return `convert: Float32Array.from(${name}${typeof value[0] === "bigint" ? ", Number" : ""})`;
}

/** For a value that should be class indices. */
export function indicesRemedy(name: string, value: unknown): string | undefined {
  return isTypedArray(value) ? classesRemedy(name) : valuesRemedy(name, value);
}

/** For class labels in an array of floats. */
export function classesRemedy(name: string): string {
  return `class indices go in an integer array: Int32Array.from(${name})`;
}

/** For a value that is no list of numbers: a tensor of another library, a promise, a model's output. */
function valuesRemedy(name: string, value: unknown): string | undefined {
  if (typeof value === "function") {
    const tensor = name.replace(".data", "");
    return `await ${tensor}.data() and pass the values with shape: ${tensor}.shape`;
  }
  if (typeof value !== "object" || value === null) return undefined;
  if ("then" in value) return `await ${name}`;
  return "logits" in value ? "pass output.logits" : undefined;
}

/** For a tensor whose values cannot be read. */
export function unreadRemedy(name: string): string {
  return `if it is on the GPU: await ${name}.getData()`;
}

/** For an element of a list that is no number; `option` is the one that takes the list's shape. */
export function elementRemedy(name: string, list: ArrayLike<unknown>, element: unknown, option = "shape"): string | undefined {
  if (["string", "boolean", "bigint"].includes(typeof element)) return `convert: ${name}.map(Number)`;
  const shape: number[] = [];
  for (let rows: unknown = list; (Array.isArray(rows) || isTypedArray(rows)) && shape.length < 9; rows = rows[0]) {
    shape.push(rows.length);
  }
  return shape.length < 2 ? undefined : `flatten: ${name}.flat(), one list of numbers, with ${option}: [${shape.join(", ")}]`;
}

/** For a target that is no class; `mayIgnore`: whether there is an ignoreIndex. */
export function targetRemedy(got: unknown, classes: number, mayIgnore: boolean): string | undefined {
  const target = Number(got);
  if (mayIgnore && target > 0 && target < 1) return "probabilities go in a Float32Array";
  if (target === classes) return classes === 1 ? oneHotRemedy : "classes count from 0";
  const padding = mayIgnore ? `ignoreIndex: ${target}` : "class 0 and drop its results";
  return (target < 0 && Number.isSafeInteger(target)) || target === 255 ? `for padding pass ${padding}` : undefined;
}

const oneHotRemedy = "one-hot rows are probabilities: put them in a Float32Array";

interface List {
  readonly data: ArrayLike<unknown>;
  readonly shape: readonly number[] | undefined;
}

interface Rows {
  readonly layout: { readonly rows: number; readonly classes: number };
  readonly shape: readonly number[] | undefined;
  readonly rowShape: readonly number[] | undefined;
}

/** For targets that are not one per row. */
export function rowsRemedy(name: string, { data, shape }: List, of: Rows): string | undefined {
  const nested = elementRemedy(name, data, undefined);
  if (nested) return nested;
  const { length } = data;
  const { rows, classes } = of.layout;
  const axis = axisRemedy(shape, length, of);
  if (axis) return axis;
  if (length === rows - rows / (of.rowShape?.at(-1) ?? rows)) return shiftRemedy;
  const isOneHot = length === rows * classes && Array.from(data, Number).every((value) => value === 0 || value === 1);
  return isOneHot ? oneHotRemedy : undefined;
}

/** For one entry per row, in this shape or else of this number, if the rows' classes are likely on axis 1. */
export function axisRemedy(shape: readonly number[] | undefined, length: number, of: Rows): string | undefined {
  const [batch, second, third, ...rest] = of.shape ?? [];
  if (second === undefined || third === undefined) return undefined;
  const isMeant = shape ? `${shape}` === `${[batch, third, ...rest]}` : length * second === of.layout.rows * of.layout.classes;
  return isMeant ? "for classes on axis 1 pass axis: 1" : undefined;
}

/** For logits with a row more per sequence than targets. */
export const shiftRemedy = "for a target less than rows pass the model's input ids with shift: 1";

/** Options by names of other libraries that are spelt differently. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  sizeaverage: "reduction",
  reduce: "reduction",
  dim: "axis",
  lsesquarescale: "zLoss",
  posweight: "posWeight",
};

/** For a name that is none of `known`: the one that was likely meant. */
export function nameRemedy(name: string, known: readonly string[]): string | undefined {
  const bare = (text: string): string => text.toLowerCase().replace(/[^a-z]/g, "");
  const given = bare(name.slice(0, 40));
  // the text, and the text without each of its letters
  const cuts = (text: string): string[] => [...text, ""].map((_, i) => text.slice(0, i) + text.slice(i + 1));
  const other = Object.hasOwn(OTHER_NAMES, given) ? OTHER_NAMES[given] : undefined;
  const isNear = (candidate: string): boolean => cuts(bare(candidate)).some((cut) => cuts(given).includes(cut));
  const isPart = (candidate: string): boolean => candidate.length > 3 && given.includes(bare(candidate));
  const meant = known.find((candidate) => (other ? candidate === other : isNear(candidate) || isPart(candidate)));
  return meant && `did you mean ${meant}?`;
}

function isTypedArray(value: unknown): value is ArrayLike<unknown> {
  return ArrayBuffer.isView(value) && "length" in value;
}

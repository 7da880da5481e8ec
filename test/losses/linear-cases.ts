/** Random calls of linear cross-entropy: sizes around the edges of its tiles, every form of weight, every option. */
import fc from "fast-check";
import type { FloatTensor, LinearCrossEntropyOptions, LinearWeightTensor, Reduction, Targets } from "../../src/index.js";
import { LINEAR_PANEL, LINEAR_ROWS, LINEAR_SEGMENT } from "../../src/memory/constants.js";
import { float16View, wordsOf } from "../support/halves.js";
import { Random } from "./random.js";
import { floatForms, floatsAs } from "./storage.js";

const around = (...sizes: readonly number[]): readonly number[] => sizes.flatMap((size) => [size - 1, size, size + 1]);

const few = fc.integer({ min: 1, max: 9 });
/** Register tiles have 1, 2, 4 or 6 rows or classes, and steps of 4 or 8 elements. */
const small = fc.integer({ min: 1, max: 26 });
const blocksOfRows = fc.constantFrom(...around(LINEAR_ROWS, 2 * LINEAR_ROWS));
const manyClasses = fc.constantFrom(...around(LINEAR_PANEL, LINEAR_SEGMENT, LINEAR_SEGMENT + LINEAR_PANEL, 2 * LINEAR_SEGMENT));
const widths = fc.constantFrom(...around(8, 32, 64, 768));

/** One size at a time is great, so that the reference takes a millisecond. */
const sizes = fc.oneof(
  fc.record({ rows: small, classes: small, width: small }),
  fc.record({ rows: blocksOfRows, classes: few, width: few }),
  fc.record({ rows: few, classes: manyClasses, width: few }),
  fc.record({ rows: few, classes: small, width: widths }),
);

const weightForms = [
  "f32",
  "flat f32",
  "f64",
  "f16",
  "Float16Array",
  "bf16",
  "int8",
  "int8 blocks",
  "uint4",
  "uint4 zero points",
] as const;
export type WeightForm = (typeof weightForms)[number];

export const isOfFloats = (form: WeightForm): boolean => !/int/.test(form);

const hiddenForms = [...floatForms, "f16", "bf16", "flat"] as const;

export const linearPlans = fc.record({
  seed: fc.nat(1e6),
  size: sizes,
  hiddenForm: fc.constantFrom(...hiddenForms),
  weightForm: fc.constantFrom(...weightForms),
  scale: fc.constantFrom(0.3, 1, 3),
  targets: fc.constantFrom("classes", "classes", "probabilities"),
  ignored: fc.constantFrom(0, 0, 0.4, 1),
  bias: fc.boolean(),
  weight: fc.boolean(),
  sampleWeight: fc.boolean(),
  mask: fc.boolean(),
  shift: fc.constantFrom(undefined, undefined, 1),
  reduction: fc.constantFrom<(Reduction | undefined)[]>(undefined, "mean", "sum", "none", "none"),
  labelSmoothing: fc.constantFrom(undefined, undefined, 0.1, 1),
  softcap: fc.constantFrom(undefined, undefined, 5, 30),
  temperature: fc.constantFrom(undefined, undefined, 0.5, 2),
  zLoss: fc.constantFrom(undefined, undefined, 0.01),
});
export type LinearPlan = typeof linearPlans extends fc.Arbitrary<infer Plan> ? Plan : never;

export interface LinearCase {
  readonly hidden: FloatTensor;
  readonly linearWeight: LinearWeightTensor;
  /** The same for the reference, which takes no stand-in for a Float16Array. */
  readonly plainWeight: LinearWeightTensor;
  readonly targets: Targets;
  readonly options: LinearCrossEntropyOptions<Reduction>;
  /** Greatest factor of a row's loss: class weight x sample weight. */
  readonly factor: number;
}

/** A call; hidden states of rows without a target are NaN. */
export function linearCase(plan: LinearPlan): LinearCase {
  const { seed, size, scale, reduction, labelSmoothing, softcap, temperature, zLoss, shift } = plan;
  const { rows, classes, width } = size;
  const random = new Random(seed);
  const batch = rows % 2 === 0 ? 2 : 1;
  // the number of rows has to follow from something: a shape, the weight's width (4 bits are padded), or one class per row
  const isUnknown = plan.targets === "probabilities" && /^(flat f32|Float16Array|uint4.*)$/.test(plan.weightForm);
  const hasShape = plan.hiddenForm !== "flat" || shift !== undefined || isUnknown;
  const rowShape = [batch, rows / batch];
  const length = hasShape ? rows / batch : rows;
  const isOf = plan.targets;

  const kept = Uint8Array.from({ length: rows }, () => (random.uniform() < plan.ignored ? 0 : 1));
  const values = random.normals(rows * width);
  const targets = Array.from(random.classes(rows, classes), (target, i) => (isOf === "classes" && !kept[i] ? -100 : target));
  for (let row = 0; row < rows; row++) {
    const target = row + (shift ?? 0);
    const hasTarget = (row % length) + (shift ?? 0) < length && (isOf === "probabilities" || targets[target] !== -100);
    if (!hasTarget) values.fill(Number.NaN, row * width, (row + 1) * width);
  }
  const weights = random.normals(classes * width, scale / Math.sqrt(width));
  const weight = plan.weight ? random.weights(classes) : undefined;
  const sampleWeight = plan.sampleWeight ? Float64Array.from(random.weights(rows)) : undefined;
  const hidden = hiddenAs(plan.hiddenForm, values, [...(hasShape ? rowShape : [rows]), width]);
  const isTensor = typeof hidden === "object" && "data" in hidden;
  const rest = {
    shape: isTensor || !hasShape ? undefined : [...rowShape, width],
    bias: plan.bias ? random.normals(classes, scale) : undefined,
    ...{ weight, sampleWeight, shift, reduction, labelSmoothing, softcap, temperature, zLoss },
    // of targets: a target that is masked counts nowhere
    mask: plan.mask ? Array.from({ length: rows }, () => random.uniform() < 0.8) : undefined,
  };
  const plainWeight = weightAs(plan.weightForm, weights, classes, width, random);
  return {
    hidden,
    linearWeight: plan.weightForm === "Float16Array" ? float16View(wordsOf(weights, "float16")) : plainWeight,
    plainWeight,
    targets: isOf === "classes" ? targets : random.distributions(rows, classes),
    options: Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)),
    factor: Math.max(1, ...(weight ?? [])) * Math.max(1, ...(sampleWeight ?? [])),
  };
}

function hiddenAs(form: LinearPlan["hiddenForm"], values: Float32Array, shape: readonly number[]): FloatTensor {
  if (form === "f16") return { data: wordsOf(values, "float16"), dims: shape, type: "float16" };
  if (form === "bf16") return { data: wordsOf(values, "bfloat16"), dims: shape, type: "bfloat16" };
  return form === "flat" ? values : floatsAs(form, values, shape);
}

function weightAs(form: WeightForm, values: Float32Array, classes: number, width: number, random: Random): LinearWeightTensor {
  const dims = [classes, width];
  switch (form) {
    case "f32":
      return { data: values, dims };
    case "flat f32":
      return values;
    case "f64":
      return { data: Float64Array.from(values), dims };
    case "f16":
    case "Float16Array":
      return { data: wordsOf(values, "float16"), dims, type: "float16" };
    case "bf16":
      return { data: wordsOf(values, "bfloat16"), dims, type: "bfloat16" };
    default:
      return integersAs(form, dims, random);
  }
}

/** Random codes; the scales are such that the logits are about as great as with floats. */
function integersAs(
  form: WeightForm,
  dims: readonly [classes: number, width: number] | number[],
  random: Random,
): LinearWeightTensor {
  const [classes, width] = dims as readonly [number, number];
  const blocks = Math.ceil(width / 32);
  const codes = (count: number, below: number): number[] => Array.from({ length: count }, () => random.integer(below));
  const scales = (count: number, range: number): Float32Array =>
    Float32Array.from({ length: count }, () => (0.5 + random.uniform()) / range / Math.sqrt(width));
  if (form === "int8") return { data: Int8Array.from(codes(classes * width, 256)), dims, scales: scales(classes, 64) };
  if (form === "int8 blocks")
    return { data: Int8Array.from(codes(classes * width, 256)), dims, scales: scales(classes * blocks, 64) };
  const data = Uint8Array.from(codes(classes * blocks * 16, 256));
  const zeroPoints = form === "uint4" ? undefined : Uint8Array.from(codes(classes * Math.ceil(blocks / 2), 256));
  return { data, dims: random.uniform() < 0.5 ? dims : [classes, blocks, 16], scales: scales(classes * blocks, 4), zeroPoints };
}

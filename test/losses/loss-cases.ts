/** Random calls of crossEntropy and nllLoss: a layout, targets with some rows ignored, and options, from one seed. */
import fc from "fast-check";
import type { CrossEntropyOptions, FloatTensor, Reduction, Targets } from "../../src/index.js";
import { elementAt, type Layout, layouts, spread } from "./layouts.js";
import { Random } from "./random.js";
import { type FloatForm, floatForms, floatsAs, type TargetForm, targetForms } from "./storage.js";

/** The parameters that fast-check varies and shrinks; the data comes from the seed. */
export const lossPlans = fc.record({
  seed: fc.nat(1e6),
  layout: layouts,
  scale: fc.constantFrom(0, 1, 3, 10, 30),
  offset: fc.constantFrom(0, 0, 0, 1, -100, 1e4, -1e4),
  logitsForm: fc.constantFrom(...floatForms),
  targetForm: fc.constantFrom(...targetForms),
  reduction: fc.constantFrom<(Reduction | undefined)[]>(undefined, "mean", "sum", "none", "none"),
  ignored: fc.constantFrom(0, 0, 0.3, 1),
  ignoreIndex: fc.constantFrom(undefined, -1, -7, 0, 3, 127),
  weightForm: fc.option(fc.constantFrom(...floatForms), { nil: undefined }),
  emptyMean: fc.constantFrom(undefined, 0, 7),
  ownOut: fc.boolean(),
});

export type LossPlan = typeof lossPlans extends fc.Arbitrary<infer Plan> ? Plan : never;

/** The same call for the fast functions and, in its simplest form, for the reference. */
export interface LossCase {
  readonly layout: Layout;
  readonly logits: FloatTensor;
  readonly targets: Targets;
  readonly options: CrossEntropyOptions<Reduction>;
  readonly plainLogits: Float32Array;
  readonly plainTargets: BigInt64Array;
  readonly plainOptions: CrossEntropyOptions<Reduction>;
  /** Greatest class weight, at least 1; scales the error of a row. */
  readonly weightScale: number;
  /** The divisor of a mean. */
  readonly divisor: number;
}

/** Class targets in the plan's form. Ignored rows and padding hold NaN, because they must not be read. */
export function lossCase(plan: LossPlan): LossCase {
  const { layout, targetForm, scale, offset } = plan;
  const { rows, classes } = layout;
  const random = new Random(plan.seed);
  const dense = random.normals(rows * classes, scale, offset);
  const ignoreIndex = fitting(plan.ignoreIndex ?? -100, targetForm) ? plan.ignoreIndex : targetForm.greatest;
  const ignored = ignoreIndex ?? -100;
  const targets = Array.from({ length: rows }, () =>
    random.uniform() < plan.ignored ? ignored : random.integer(Math.min(classes, targetForm.greatest)),
  );
  const plainLogits = spread(layout, dense);
  for (let row = 0; row < rows; row++) {
    if (targets[row] !== ignored) continue;
    for (let c = 0; c < classes; c++) plainLogits[elementAt(layout, row, c)] = random.uniform() < 0.5 ? Number.NaN : 1e38;
  }
  const weight = plan.weightForm === undefined ? undefined : random.weights(classes);
  const divisor = targets.reduce((sum, t) => sum + (t === ignored ? 0 : weight ? weight[t] : 1), 0);
  const common = {
    axis: layout.axis,
    ...(plan.reduction === undefined ? {} : { reduction: plan.reduction }),
    ...(ignoreIndex === undefined ? {} : { ignoreIndex }),
    ...(plan.emptyMean === undefined ? {} : { emptyMean: plan.emptyMean }),
    ...(layout.length === rows * classes ? {} : { rowStride: layout.stride }),
  };
  const isPadded = "rowStride" in common;
  return {
    layout,
    ...forFast(plan.logitsForm, plainLogits, layout, isPadded),
    targets: targetForm.make(targets, layout.rowShape),
    options: {
      ...common,
      ...(isTensor(plan.logitsForm) && !isPadded ? {} : { shape: layout.shape }),
      ...(weight && plan.weightForm ? { weight: floatsAs(plan.weightForm, weight, [classes]) } : {}),
      ...(plan.ownOut && plan.reduction === "none" ? { out: new Float32Array(rows) } : {}),
    },
    plainLogits,
    plainTargets: BigInt64Array.from(targets, BigInt),
    plainOptions: { ...common, shape: layout.shape, ...(weight ? { weight } : {}) },
    weightScale: weight ? Math.max(1, ...weight) : 1,
    divisor,
  };
}

/** The dims of a tensor object cannot express padding, so padded rows are passed as a flat array with `shape`. */
export function forFast(form: FloatForm, logits: Float32Array, layout: Layout, isPadded: boolean): { logits: FloatTensor } {
  return { logits: isPadded && isTensor(form) ? logits : floatsAs(form, logits, layout.shape) };
}

export function isTensor(form: FloatForm): boolean {
  return form.startsWith("tensor");
}

function fitting(ignoreIndex: number, form: TargetForm): boolean {
  return ignoreIndex >= form.least && ignoreIndex <= form.greatest;
}

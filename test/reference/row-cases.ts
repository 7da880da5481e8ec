/** Small random calls of the row losses, in f64: layouts, ignored rows, every option. */
import fc from "fast-check";
import type { CrossEntropyOptions, Reduction } from "../../src/reference/index.js";
import { elementAt, type Layout, layOut } from "../losses/layouts.js";
import { Random } from "../losses/random.js";

export const reductions = fc.constantFrom<Reduction[]>("mean", "sum", "none");

/** Class axis last, first or in the middle, and last with padding. */
const layouts: fc.Arbitrary<Layout> = fc
  .record({
    rows: fc.integer({ min: 1, max: 4 }),
    classes: fc.integer({ min: 1, max: 7 }),
    kind: fc.constantFrom("last", "first", "between", "padded"),
  })
  .map(({ rows, classes, kind }) => {
    switch (kind) {
      case "first":
        return layOut([classes, rows], 0);
      case "between":
        return layOut([2, classes, rows], 1);
      case "padded":
        return layOut([rows, classes], -1, classes + 3);
      default:
        return layOut([rows, classes]);
    }
  });

export const rowPlans = fc.record({
  seed: fc.nat(1e6),
  layout: layouts,
  scale: fc.constantFrom(0.1, 1, 4),
  reduction: reductions,
  ignored: fc.constantFrom(0, 0.3, 1),
  weighted: fc.boolean(),
  labelSmoothing: fc.constantFrom(0, 0, 0.1, 1),
  softcap: fc.constantFrom(undefined, undefined, 3, 30),
  temperature: fc.constantFrom(undefined, 0.5, 2),
  zLoss: fc.constantFrom(0, 0, 0.01, 1),
  upstream: fc.boolean(),
});
export type RowPlan = typeof rowPlans extends fc.Arbitrary<infer Plan> ? Plan : never;

export interface RowCase {
  readonly layout: Layout;
  /** NaN in ignored rows and in padding, which must not be read. */
  readonly logits: Float64Array;
  readonly classes: Int32Array;
  /** Rows x classes values without padding, in the logits' layout. */
  readonly probabilities: Float64Array;
  readonly upstream: number | Float64Array | undefined;
  /** Options that all row losses have. */
  readonly layoutOptions: CrossEntropyOptions<Reduction>;
  readonly options: CrossEntropyOptions<Reduction>;
}

const IGNORED = -7;

export function rowCase(plan: RowPlan, targets: "indices" | "probabilities"): RowCase {
  const random = new Random(plan.seed);
  const { layout, reduction } = plan;
  const { rows, classes } = layout;
  const classTargets = random.classes(rows, classes).map((target) => (random.uniform() < plan.ignored ? IGNORED : target));

  const logits = new Float64Array(layout.length).fill(Number.NaN);
  const dense = { ...layout, stride: classes };
  const probabilities = new Float64Array(rows * classes);
  const shares = random.distributions(rows, classes);
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < classes; c++) {
      const logit = random.normal() * plan.scale;
      if (targets === "probabilities" || classTargets[row] !== IGNORED) logits[elementAt(layout, row, c)] = logit;
      probabilities[elementAt(dense, row, c)] = shares[row * classes + c];
    }
  }
  const layoutOptions: CrossEntropyOptions<Reduction> = {
    shape: layout.shape,
    axis: layout.axis,
    reduction,
    // a mean over no rows is NaN, which has no finite differences
    emptyMean: 0,
    ...(targets === "indices" ? { ignoreIndex: IGNORED } : {}),
    ...(layout.length === rows * classes ? {} : { rowStride: layout.stride }),
  };
  return {
    layout,
    logits,
    classes: classTargets,
    probabilities,
    upstream: plan.upstream ? upstreamFor(reduction, rows, random) : undefined,
    layoutOptions,
    options: {
      ...layoutOptions,
      labelSmoothing: plan.labelSmoothing,
      zLoss: plan.zLoss,
      ...(plan.weighted ? { weight: Float64Array.from(random.weights(classes)) } : {}),
      ...(plan.softcap === undefined ? {} : { softcap: plan.softcap }),
      ...(plan.temperature === undefined ? {} : { temperature: plan.temperature }),
    },
  };
}

/** Upstream gradient: one number, or one per value with "none". */
export function upstreamFor(reduction: string, values: number, random: Random): number | Float64Array {
  return reduction === "none" ? Float64Array.from({ length: values }, () => random.normal()) : random.normal();
}

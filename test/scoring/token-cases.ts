/** Random token logits and options: ties, infinities, NaN, ignored rows, any class axis. */
import fc from "fast-check";
import type { FloatTensor, IndexTargets } from "../../src/index.js";
import { elementAt, type Layout, layouts, spread } from "../losses/layouts.js";
import { forFast, isTensor } from "../losses/loss-cases.js";
import { Random } from "../losses/random.js";
import { floatForms } from "../losses/storage.js";

const { NaN: NOT_A_NUMBER, POSITIVE_INFINITY: INFINITE, NEGATIVE_INFINITY: MASKED } = Number;

export const tokenPlans = fc.record({
  seed: fc.nat(1e6),
  layout: layouts,
  values: fc.constantFrom("normal", "normal", "ties", "infinities", "everything"),
  scale: fc.constantFrom(0, 1, 3, 10),
  form: fc.constantFrom(...floatForms),
  ignored: fc.constantFrom(0, 0.3, 1),
  ignoreIndex: fc.constantFrom(undefined, -1, 0),
  softcap: fc.constantFrom(undefined, undefined, 5, 30),
  temperature: fc.constantFrom(undefined, undefined, 0.5, 3),
  shift: fc.constantFrom(undefined, 0, 1, 2, 99),
});

export type TokenPlan = typeof tokenPlans extends fc.Arbitrary<infer Plan> ? Plan : never;

export interface TokenCase {
  readonly logits: FloatTensor;
  readonly targets: IndexTargets;
  readonly options: {
    readonly axis: number;
    readonly shape?: readonly number[];
    readonly rowStride?: number;
    readonly ignoreIndex?: number;
    readonly softcap?: number;
    readonly temperature?: number;
    readonly shift?: number;
  };
  /** The same call for the reference. */
  readonly plainLogits: Float32Array;
  readonly plainOptions: TokenCase["options"];
  /** Error that the f32 softcap adds to a logit. */
  readonly cap: number;
}

export function tokenCase(plan: TokenPlan): TokenCase {
  const { layout, ignoreIndex, softcap, temperature = 1 } = plan;
  const { rows, classes } = layout;
  const random = new Random(plan.seed);
  const dense = Float32Array.from({ length: rows * classes }, () => randomValue(plan, random));
  const plainLogits = spread(layout, dense);
  const targets = Array.from({ length: rows }, () =>
    random.uniform() < plan.ignored ? (ignoreIndex ?? -100) : random.integer(classes),
  );
  const isPadded = layout.length !== rows * classes;
  const common = {
    axis: layout.axis,
    ...(isPadded && { rowStride: layout.stride }),
    ...(ignoreIndex !== undefined && { ignoreIndex }),
    ...(softcap !== undefined && { softcap }),
    ...(plan.temperature !== undefined && { temperature }),
    // required with a sequence axis
    ...((plan.shift !== undefined || layout.shape.length > 2) && { shift: plan.shift ?? 0 }),
  };
  return {
    ...forFast(plan.form, plainLogits, layout, isPadded),
    targets: plan.seed % 2 === 0 ? Int32Array.from(targets) : BigInt64Array.from(targets, BigInt),
    options: { ...common, ...(isTensor(plan.form) && !isPadded ? {} : { shape: layout.shape }) },
    plainLogits,
    plainOptions: { ...common, shape: layout.shape },
    cap: softcap === undefined ? 0 : (3e-7 * softcap) / temperature,
  };
}

function randomValue({ values, scale }: TokenPlan, random: Random): number {
  const special = random.uniform();
  if (values === "ties") return random.integer(4) * scale;
  if (values === "infinities" && special < 0.3) return special < 0.01 ? INFINITE : MASKED;
  // some rows have no NaN or +inf, even if they are long
  if (values === "everything" && special < 0.3) return special < 0.002 ? NOT_A_NUMBER : special < 0.004 ? INFINITE : MASKED;
  return random.normal() * scale;
}

/** A second model's logits: the finite logits with noise, and different masked classes. */
export function noisy(plan: TokenPlan, { plainLogits }: TokenCase, distance: number): Float32Array {
  const random = new Random(plan.seed + 1);
  const result = plainLogits.map((x) => x + distance * random.normal());
  const { layout } = plan;
  for (let row = 0; row < layout.rows; row++) {
    if (plan.values === "everything" && random.uniform() < 0.2) {
      result[elementAt(layout, row, random.integer(layout.classes))] = random.uniform() < 0.5 ? MASKED : NOT_A_NUMBER;
    }
  }
  return result;
}

/** Cases at sizes around vectors, blocks, the kernels' limits, tiles and segments. */
export const SIZES: readonly (readonly [rows: number, classes: number])[] = [
  ...[1, 2, 3, 4, 5, 16, 17, 33, 127, 128, 129].flatMap((classes) => [1, 5, 8].map((rows) => [rows, classes] as const)),
  ...([
    [3, 511],
    [3, 513],
    [2, 4096],
    [2, 4097],
    [2, 16383],
    [2, 16384],
    [3, 16385],
    [2, 65535],
    [2, 65536],
    [3, 65537],
    [2, 131073],
    [2, 50257],
  ] as const),
  ...([
    [4097, 4],
    [325, 100],
    [33, 1000],
  ] as const),
];

export type { Layout };

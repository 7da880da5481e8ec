/**
 * The accuracy that the docstrings of the elementwise losses state, against the f64 reference on the same f32 inputs, on both
 * builds of the kernels: values and gradients of single elements (reduction "none") for inputs of every magnitude.
 */
import { afterAll, describe, expect, it } from "vitest";
import { type Functions, info } from "../../src/index.js";
import * as reference from "../../src/reference/index.js";
import { backends } from "../support/backends.js";
import { Random } from "./random.js";

const COUNT = 20_000;
/** Below this, relative bounds do not apply, because f32 loses precision. */
const LEAST = 1e-36;

/** The plain functions on the fastest build of this runtime, and on the plain build. */
const builds = backends.slice(0, 2);

type Draw = (random: Random) => number;

const labels: Readonly<Record<string, Draw>> = {
  hard: (random) => random.integer(2),
  soft: (random) => random.uniform(),
};
const logits: Readonly<Record<string, Draw>> = {
  "N(0, 1)": (random) => random.normal(),
  "N(0, 10)": (random) => 10 * random.normal(),
  "in +-86": (random) => 172 * (random.uniform() - 0.5),
  "near 0": (random) => 1e-4 * random.normal(),
};
const probabilities: Readonly<Record<string, Draw>> = {
  uniform: (random) => random.uniform(),
  "near 0": (random) => 2 ** (-149 * random.uniform()),
  "near 1": (random) => 1 - 2 ** (-24 * random.uniform()),
};
const logProbabilities: Readonly<Record<string, Draw>> = {
  "in (-8, 0)": (random) => -8 * random.uniform(),
  "in (-80, 0)": (random) => -80 * random.uniform(),
};

interface Result {
  readonly value: Float32Array | Float64Array;
  readonly grad: Float32Array | Float64Array;
}

interface Promised {
  readonly name: string;
  readonly inputs: Readonly<Record<string, Draw>>;
  readonly targets: Readonly<Record<string, Draw>>;
  /** |loss - f64| / max(1, |loss|) */
  readonly absolute: number;
  /** |loss - f64| / |loss| for each kind of targets; undefined if parts of the loss cancel. */
  readonly relative: Readonly<Record<string, number>>;
  /** |grad - f64| / |grad|; undefined if parts of the gradient cancel. */
  readonly gradient: Readonly<Record<string, number>>;
  /** |grad - f64| */
  readonly gradientAbsolute: number;
  run(functions: Pick<Functions, keyof typeof reference & keyof Functions>, x: Float32Array, y: Float32Array): Result;
}

const none = { reduction: "none" } as const;

function focal(gamma: number, absolute: number, relative: number, gradient: number): Promised {
  return {
    name: `sigmoidFocalLoss, gamma ${gamma}`,
    inputs: logits,
    targets: labels,
    absolute,
    relative: { hard: relative },
    gradient: { hard: gradient },
    gradientAbsolute: absolute,
    run: (functions, x, y) => functions.sigmoidFocalLossValueAndGrad(x, y, { ...none, gamma }) as Result,
  };
}

const promises: readonly Promised[] = [
  {
    name: "binaryCrossEntropy",
    inputs: probabilities,
    targets: labels,
    absolute: 2e-7,
    relative: { hard: 2.1e-7, soft: 2.8e-7 },
    gradient: { hard: 2.1e-7, soft: 2.1e-7 },
    gradientAbsolute: Number.POSITIVE_INFINITY,
    run: (functions, x, y) => functions.binaryCrossEntropyValueAndGrad(x, y, none) as Result,
  },
  {
    name: "binaryCrossEntropyWithLogits",
    inputs: logits,
    targets: labels,
    absolute: 2e-7,
    relative: { hard: 1.6e-7, soft: 2.2e-7 },
    gradient: { hard: 2e-7 },
    gradientAbsolute: 1.5e-7,
    run: (functions, x, y) => functions.binaryCrossEntropyWithLogitsValueAndGrad(x, y, none) as Result,
  },
  {
    name: "klDivLoss",
    inputs: logProbabilities,
    targets: probabilities,
    absolute: 1.5e-7,
    relative: {},
    gradient: { uniform: 1e-15, "near 0": 1e-15, "near 1": 1e-15 },
    gradientAbsolute: 1e-15,
    run: (functions, x, y) => functions.klDivLossValueAndGrad(x, y, none) as Result,
  },
  {
    name: "klDivLoss of log-targets",
    inputs: logProbabilities,
    targets: logProbabilities,
    absolute: 2e-7,
    relative: { "in (-8, 0)": 2e-7, "in (-80, 0)": 2e-7 },
    gradient: { "in (-8, 0)": 1e-7, "in (-80, 0)": 1e-7 },
    gradientAbsolute: 1e-7,
    run: (functions, x, y) => functions.klDivLossValueAndGrad(x, y, { ...none, logTarget: true }) as Result,
  },
  focal(0, 4e-7, 2.5e-7, 3e-7),
  focal(1, 5e-7, 4e-7, 5e-7),
  focal(2, 7e-7, 6e-7, 7e-7),
  // e^(gamma log m): the logarithm's error grows with gamma |log m|
  focal(1.5, 7e-7, 6e-6, 6e-6),
  focal(5, 1.5e-6, 1.2e-5, 1.2e-5),
];

interface Worst {
  absolute: number;
  relative: number;
  gradient: number;
  gradientAbsolute: number;
}

function worstOf(actual: Result, exact: Result): Worst {
  const worst = { absolute: 0, relative: 0, gradient: 0, gradientAbsolute: 0 };
  for (let i = 0; i < COUNT; i++) {
    const loss = Math.abs(exact.value[i]);
    const error = Math.abs(actual.value[i] - exact.value[i]);
    worst.absolute = greater(worst.absolute, error / Math.max(1, loss));
    if (loss > LEAST) worst.relative = greater(worst.relative, error / loss);
    const slope = Math.abs(exact.grad[i]);
    const gradientError = Math.abs(actual.grad[i] - exact.grad[i]);
    worst.gradientAbsolute = greater(worst.gradientAbsolute, gradientError);
    if (slope > LEAST) worst.gradient = greater(worst.gradient, gradientError / slope);
  }
  return worst;
}

/** The maximum; NaN counts as the greatest. */
function greater(a: number, b: number): number {
  return b <= a ? a : b;
}

const table: string[] = [];
afterAll(() => console.log(`Worst errors of elements\n${table.join("\n")}`));

describe.each(builds)("accuracy of elements, $name", ({ name, functions }) => {
  it.each(promises)("$name", (promised) => {
    for (const [inputName, input] of Object.entries(promised.inputs)) {
      for (const [targetName, target] of Object.entries(promised.targets)) {
        const random = new Random(inputName.length * 31 + targetName.length);
        const x = Float32Array.from({ length: COUNT }, () => input(random));
        const y = Float32Array.from({ length: COUNT }, () => target(random));
        const worst = worstOf(promised.run(functions, x, y), promised.run(reference as never, x, y));
        const what = `${promised.name}, ${inputName}, ${targetName}`;
        const { absolute, relative, gradient, gradientAbsolute } = worst;
        const figures = [absolute, relative, gradient, gradientAbsolute].map((figure) => figure.toExponential(1)).join("  ");
        table.push(`${(name.startsWith("deterministic") ? "plain" : info().variant).padEnd(8)} ${what.padEnd(60)} ${figures}`);
        expect(absolute, what).toBeLessThanOrEqual(promised.absolute);
        expect(relative, `${what}, relative`).toBeLessThanOrEqual(promised.relative[targetName] ?? Number.POSITIVE_INFINITY);
        expect(gradient, `gradient of ${what}, relative`).toBeLessThanOrEqual(
          promised.gradient[targetName] ?? Number.POSITIVE_INFINITY,
        );
        expect(gradientAbsolute, `gradient of ${what}`).toBeLessThanOrEqual(promised.gradientAbsolute);
      }
    }
  });

  it("target gradients: 3e-7 max(1, |targetGrad|)", () => {
    const random = new Random(12);
    const options = { ...none, targetGrad: true } as const;
    for (const [name, input] of Object.entries(probabilities)) {
      const [p, t] = [0, 0].map(() => Float32Array.from({ length: COUNT }, () => input(random)));
      const y = Float32Array.from({ length: COUNT }, () => random.uniform());
      const x = Float32Array.from({ length: COUNT }, () => -40 * random.uniform());
      const posWeight = random.weights(COUNT);
      const calls = [
        (module: typeof reference) => module.binaryCrossEntropyValueAndGrad(p as Float32Array, y, options),
        (module: typeof reference) => module.binaryCrossEntropyWithLogitsValueAndGrad(x, y, { ...options, posWeight }),
        (module: typeof reference) => module.klDivLossValueAndGrad(x, t as Float32Array, options),
        (module: typeof reference) => module.klDivLossValueAndGrad(x, x.slice().reverse(), { ...options, logTarget: true }),
      ];
      for (const [k, call] of calls.entries()) {
        const exact = call(reference).targetGrad;
        let worst = 0;
        for (const [i, slope] of call(functions as never).targetGrad.entries()) {
          const wanted = exact[i];
          if (slope !== wanted) worst = greater(worst, Math.abs(slope - wanted) / Math.max(1, Math.abs(wanted)));
        }
        expect(worst, `call ${k}, ${name}`).toBeLessThanOrEqual(3e-7);
      }
    }
  });

  it("klDivLoss near its minimum: 8e-8 t where log t and x cancel", () => {
    const random = new Random(11);
    const y = Float32Array.from({ length: COUNT }, () => 2 ** (-100 * random.uniform()));
    const x = y.map((t) => Math.log(t) * (1 + 1e-6 * random.normal()));
    const exact = reference.klDivLoss(x, y, none);
    let worst = 0;
    for (const [i, loss] of functions.klDivLoss(x, y, none).entries()) {
      worst = greater(worst, Math.abs(loss - exact[i]) / y[i]);
    }
    expect(worst).toBeLessThanOrEqual(8e-8);
  });

  it("jsDivLoss: relative errors of 6e-7 (divergence) and 1.5e-6 (gradient), however close the rows are", () => {
    for (const classes of [2, 10, 1000]) {
      for (const apart of [undefined, 1, 1e-2, 1e-4]) {
        for (const beta of [0.5, 0.01, 0.9, 0.999]) {
          const random = new Random(classes);
          const rows = Math.ceil(4000 / classes);
          const shape = [rows, classes];
          const first = random.normals(rows * classes, 4);
          const second = first.map((value) => (apart === undefined ? 4 * random.normal() : value + apart * random.normal()));
          const [x, y] = [first, second].map((values) => Float32Array.from(reference.logSoftmax(values, { shape })));
          const options = { ...none, shape, beta };
          const actual = functions.jsDivLossValueAndGrad(x as Float32Array, y as Float32Array, options);
          const exact = reference.jsDivLossValueAndGrad(x as Float32Array, y as Float32Array, options);
          const what = `${classes} classes, ${apart} apart, beta ${beta}`;
          const worst = { value: 0, absolute: 0, grad: 0 };
          for (const [row, value] of exact.value.entries()) {
            const error = Math.abs(actual.value[row] - value);
            worst.absolute = greater(worst.absolute, error);
            // below this the two halves of the reference itself cancel
            if (value > 1e-12) worst.value = greater(worst.value, error / value);
          }
          for (const [i, slope] of exact.grad.entries()) {
            const error = Math.abs(actual.grad[i] - slope);
            if (Math.abs(slope) > 1e-10) worst.grad = greater(worst.grad, error / Math.abs(slope));
          }
          expect(worst.value, what).toBeLessThanOrEqual(6e-7);
          expect(worst.absolute, what).toBeLessThanOrEqual(2e-7);
          expect(worst.grad, `gradient, ${what}`).toBeLessThanOrEqual(1.5e-6);
        }
      }
    }
  });

  it("sums of a million elements: relative error of 1e-9", () => {
    const random = new Random(9);
    const x = random.normals(1_000_003, 3);
    const y = Float32Array.from(x, () => random.integer(2));
    const losses = functions.binaryCrossEntropyWithLogits(x, y, none);
    const sum = losses.reduce((total, loss) => total + loss, 0);
    expect(Math.abs(functions.binaryCrossEntropyWithLogits(x, y, { reduction: "sum" }) / sum - 1)).toBeLessThan(1e-9);
  });
});

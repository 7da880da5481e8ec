/** linearCrossEntropy and its gradients at the width of language models, against the f64 reference of the same weights. */
import { afterAll, describe, expect, it } from "vitest";
import { info, type LinearArgument, type LinearWeightTensor } from "../../src/index.js";
import * as reference from "../../src/reference/index.js";
import { Random } from "../losses/random.js";
import { backends } from "../support/backends.js";
import { wordsOf } from "../support/halves.js";

const ROWS = 12;

/** The first two are the plain functions: on the fastest build of this runtime, and on the plain one. */
const builds = backends.slice(0, 2);

interface Input {
  readonly name: string;
  readonly width: number;
  readonly classes: number;
  readonly hidden: Float32Array;
  readonly linearWeight: LinearWeightTensor;
  readonly targets: Int32Array;
}

/** Hidden states of N(0, 1), and weights for logits of N(0, 1). */
function inputs(width: number, classes: number): readonly Input[] {
  const random = new Random(width);
  const hidden = random.normals(ROWS * width);
  const weights = random.normals(classes * width, 1 / Math.sqrt(width));
  const targets = random.classes(ROWS, classes);
  const dims = [classes, width];
  const blocks = Math.ceil(width / 32);
  const scales = Float32Array.from({ length: classes * blocks }, () => (0.5 + random.uniform()) / 74 / Math.sqrt(width));
  const bytes = Float64Array.from({ length: classes * width }, () => random.integer(256));
  const of = (name: string, linearWeight: LinearWeightTensor): Input => ({ name, width, classes, hidden, linearWeight, targets });
  return [
    of("f32", { data: weights, dims }),
    of("f16", { data: wordsOf(weights, "float16"), dims, type: "float16" }),
    of("bf16", { data: wordsOf(weights, "bfloat16"), dims, type: "bfloat16" }),
    of("int8", { data: Int8Array.from(bytes), dims, scales: scales.subarray(0, classes) }),
    of("int8 in blocks", { data: Int8Array.from(bytes), dims, scales }),
    of("uint4", {
      data: Uint8Array.from(bytes.subarray(0, classes * blocks * 16)),
      dims,
      scales: scales.map((scale) => scale * 16),
      zeroPoints: Uint8Array.from(bytes.subarray(0, classes * Math.ceil(blocks / 2))),
    }),
  ];
}

const lines: string[] = [];
afterAll(() =>
  console.log(
    `worst |loss - f64|, worst |gradient - f64| / its greatest element, the last the hidden one alone\n${lines.join("\n")}`,
  ),
);

function worst(got: ArrayLike<number>, exact: Float64Array): number {
  return exact.reduce((most, value, i) => Math.max(most, Math.abs(value - (got[i] as number))), 0);
}

function relative(got: Float32Array, exact: Float64Array): number {
  return worst(got, exact) / worst(new Float64Array(exact.length), exact);
}

describe.each([...inputs(768, 1000), ...inputs(4096, 200).slice(0, 1)])("$name, $width wide", (input) => {
  const { name, width, hidden, linearWeight, targets } = input;
  const options = { reduction: "none" } as const;
  const exact = reference.linearCrossEntropyValueAndGrad(hidden, linearWeight, targets, options);

  it.each(builds)(
    "losses within 2e-6, gradients within 2e-7 and 5e-7 of their greatest: $name",
    ({ name: backend, functions }) => {
      const build = backend.startsWith("deterministic") ? "plain" : info().variant;
      const wants: readonly LinearArgument[] =
        "scales" in (linearWeight as object) ? ["hidden"] : ["hidden", "linearWeight", "bias"];
      const { value, grad } = functions.linearCrossEntropyValueAndGrad(hidden, linearWeight, targets, { ...options, wants });
      const alone = functions.linearCrossEntropyValueAndGrad(hidden, linearWeight, targets, {
        ...options,
        wants: ["hidden"],
      }).grad;
      const errors = wants.map((argument) => relative(grad[argument] as Float32Array, exact.grad[argument]));
      errors.push(relative(alone.hidden, exact.grad.hidden));
      lines.push(
        `${name} ${width} ${build}: ${[worst(value, exact.value), ...errors].map((e) => e.toExponential(1)).join(", ")}`,
      );
      expect(worst(value, exact.value)).toBeLessThan(2e-6);
      expect(Math.max(errors[0], errors.at(-1) as number)).toBeLessThan(2e-7);
      expect(Math.max(...errors)).toBeLessThan(5e-7);
    },
  );
});

/** What each kind of case asserts. */
import { expect } from "vitest";
import * as reference from "../../src/reference/index.js";
import { expectClose, type Tolerance } from "../support/expect-close.js";
import type { Capability, LossFunctions, Value } from "../support/implementation.js";
import { decodeNumbers, decodeTensor, type StoredTensor } from "../support/stored-tensor.js";
import type { Call, GradientCall, GradientRequest, Output } from "./call.js";
import { type Form, formsOf } from "./call-arguments.js";
import type { GradientPlan, Plan } from "./rules.js";

export interface SuiteOptions {
  /** Of values. */
  readonly tolerance: Tolerance;
  readonly gradientTolerance: Tolerance;
  /** What the implementation can do beyond the functions that all have; the cases of the rest are left out and counted. */
  readonly supports: readonly Capability[];
  /** Whether bad input must throw TypeError or RangeError. The reference checks little on purpose. */
  readonly checksErrors: boolean;
  /**
   * Precision of results: in "f32" a value beyond 3.4e38 may be Infinity, since an array of f32 can hold nothing else.
   */
  readonly precision: "f32" | "f64";
}

/** ONNX prints f32 results of f32 arithmetic; this far they are from exact ones. Its own rtol of 1e-3 would hide faults. */
const onnxPrinted: Tolerance = { atol: 1e-6, rtol: 2e-6 };

export class Checks {
  readonly #functions: LossFunctions;
  readonly #options: SuiteOptions;

  constructor(functions: LossFunctions, options: SuiteOptions) {
    this.#functions = functions;
    this.#options = options;
  }

  /**
   * PyTorch stores f64 results of the same inputs. ONNX stores what its numpy code printed, mostly in f32: there the reference
   * supplies the f64 results, and the printed ones are compared as well.
   */
  values(plan: Plan): void {
    const { testCase } = plan;
    const { tolerance } = this.#options;
    const call = callOf(plan);
    const printed = testCase.outputs?.map(decodeNumbers) ?? [];
    const exact = exactValues(plan);
    for (const form of formsOf(testCase)) {
      const outputs = call.values(this.#functions, form);
      expect(outputs.length).toBe(printed.length);
      for (const [i, output] of outputs.entries()) {
        const what = `${output.what} of ${form}`;
        expectKind(output, what);
        this.#compare(output.value, exact[i] as ArrayLike<number>, tolerance, what);
        if (testCase.outputs64 === undefined) {
          const isExact = testCase.outputs?.[i]?.dtype === "float64";
          const allowed = isExact ? tolerance : looser(tolerance, onnxPrinted);
          this.#compare(output.value, printed[i] as ArrayLike<number>, allowed, `${what} (as printed)`);
        }
      }
    }
  }

  departure(plan: Plan): void {
    const call = callOf(plan);
    const gives = plan.departure?.gives ?? expect.fail("no departure is listed for the case");
    for (const form of formsOf(plan.testCase)) {
      if (typeof gives === "string") {
        expectThrow(() => call.values(this.#functions, form), gives);
      } else {
        const [output] = call.values(this.#functions, form) as readonly [Output];
        expectKind(output, output.what);
        this.#compare(output.value, [gives].flat(), this.#options.tolerance, `${output.what} of ${form}`);
      }
    }
  }

  /** As tensor objects only: some of PyTorch's errors lie in a target's shape, which a flat array does not have. */
  error(plan: Plan): void {
    expectThrow(() => callOf(plan).values(this.#functions, "tensor objects"));
  }

  /** The value that comes with the gradients is compared too, so that the two functions cannot drift apart. */
  gradients(plan: Plan): void {
    const { testCase, gradients, departure } = plan;
    const compared = gradients.filter(({ kind }) => kind === "run" || kind === "departure");
    const targetGrad = compared.some(({ name }) => name === "targetGrad");
    const gradient = callOf(plan).gradient ?? expect.fail("the function has no gradient");
    const request: GradientRequest = { upstream: upstreamOf(testCase.grad_output, gradient), targetGrad };
    const value = departure === undefined ? (exactValues(plan)[0] as ArrayLike<number>) : [departure.gives as number].flat();

    for (const form of formsOf(testCase)) {
      const result = gradient.run(this.#functions, form, request);
      const what = `${gradient.needs} of ${form}`;
      expectKind({ what, value: result.value, scalar: result.scalar }, what);
      this.#compare(result.value, value, this.#options.tolerance, `value of ${what}`);
      expect("targetGrad" in result.gradients, "targetGrad is there when asked for").toBe(targetGrad);
      for (const gradientPlan of compared) {
        const { name } = gradientPlan;
        const got = (name && result.gradients[name]) ?? expect.fail(`no gradient ${name}`);
        this.#compareGradient(plan, gradientPlan, got, `${name} of ${what}`);
      }
    }
  }

  #compareGradient(plan: Plan, { input, name, departure }: GradientPlan, got: Value, what: string): void {
    const { grad_input64: stored64, grad_input: stored } = plan.testCase;
    const { atol, rtol } = this.#options.gradientTolerance;
    const greatest = (name && plan.call?.gradient?.greatest?.(name)) ?? 1;
    const gradientTolerance = { atol: atol * Math.max(1, greatest), rtol };
    if (stored64 === undefined) {
      // ONNX's cases, whose gradients PyTorch computed in f32.
      const exact = referenceGradient(plan)[input] as Float64Array;
      this.#compare(got, exact, gradientTolerance, what);
      const printed = decodeNumbers(stored?.[input] as StoredTensor);
      this.#compare(got, printed, looser(gradientTolerance, onnxPrinted), `${what} (as printed)`);
      return;
    }
    const torch = decodeNumbers(stored64[input] as StoredTensor);
    if (departure === undefined) {
      this.#compare(got, torch, gradientTolerance, what);
      return;
    }
    expect(torch.some(Number.isNaN), "a departure has a NaN of PyTorch's to depart from").toBe(true);
    const ours = torch.map((value) => (Number.isNaN(value) ? departure.nanBecomes : value));
    this.#compare(got, ours, gradientTolerance, what);
  }

  #compare(actual: Value, expected: ArrayLike<number>, allowed: Tolerance, what: string): void {
    const got = typeof actual === "number" ? [actual] : actual;
    const want = Array.from(expected, (value, i) =>
      this.#options.precision === "f32" && Math.fround(value) === got[i] && !Number.isFinite(got[i]) ? got[i] : value,
    );
    expectClose(got, want, allowed, what);
  }
}

function callOf({ call, testCase }: Plan): Call {
  return call ?? expect.fail(`no call for op ${testCase.op}`);
}

/** The reference's results by case, computed once for all backends and forms. */
const exact = new WeakMap<Plan["testCase"], readonly ArrayLike<number>[]>();
const exactGradients = new WeakMap<Plan["testCase"], readonly (ArrayLike<number> | undefined)[]>();

function exactValues(plan: Plan): readonly ArrayLike<number>[] {
  const known = exact.get(plan.testCase) ?? computeValues(plan);
  exact.set(plan.testCase, known);
  return known;
}

function computeValues(plan: Plan): readonly ArrayLike<number>[] {
  return (
    plan.testCase.outputs64?.map(decodeNumbers) ??
    callOf(plan)
      .values(reference, "flat arrays with shape")
      .map(({ value }) => (typeof value === "number" ? [value] : value))
  );
}

function referenceGradient(plan: Plan): readonly (ArrayLike<number> | undefined)[] {
  const known = exactGradients.get(plan.testCase) ?? computeGradient(plan);
  exactGradients.set(plan.testCase, known);
  return known;
}

function computeGradient(plan: Plan): readonly (ArrayLike<number> | undefined)[] {
  const gradient = callOf(plan).gradient ?? expect.fail("the function has no gradient");
  const form: Form = "flat arrays with shape";
  const upstream = upstreamOf(plan.testCase.grad_output, gradient);
  const { gradients } = gradient.run(reference, form, { upstream, targetGrad: false });
  return gradient.gives.map((name) => name && gradients[name]);
}

/** 16-bit upstream gradients are handed over as f32: what is compared is the arithmetic, and not one more input format. */
function upstreamOf(stored: StoredTensor | undefined, { upstreamArray }: GradientCall): GradientRequest["upstream"] {
  if (stored === undefined) throw new Error("a stored gradient needs its grad_output");
  const numbers = decodeNumbers(stored);
  if (!upstreamArray) return numbers[0];
  const data = decodeTensor(stored);
  return data instanceof Float64Array ? data : Float32Array.from(numbers);
}

function expectKind({ value, scalar }: Output, what: string): void {
  if ((typeof value === "number") !== scalar) {
    expect.fail(`${what}: expected ${scalar ? "a number" : "an array"}, got ${typeof value === "number" ? value : "an array"}`);
  }
}

/** An error of ours says what was expected and what was got; a TypeError from a fault inside would not. */
function expectThrow(call: () => readonly Output[], errorName?: "TypeError" | "RangeError"): void {
  let outputs: readonly Output[];
  try {
    outputs = call();
  } catch (error) {
    const isTypeError = errorName !== "RangeError" && error instanceof TypeError;
    expect(isTypeError || (errorName !== "TypeError" && error instanceof RangeError), String(error)).toBe(true);
    expect(String(error)).toMatch(/expected .* got /s);
    return;
  }
  expect.fail(`expected ${errorName ?? "TypeError or RangeError"}, got ${outputs.map(({ value }) => value).join("; ")}`);
}

function looser(a: Tolerance, b: Tolerance): Tolerance {
  return { atol: Math.max(a.atol, b.atol), rtol: Math.max(a.rtol, b.rtol) };
}

/** What a case is turned into. */
import type { Differentiated, FurtherFunctions, Gradient, LossFunctions, Value } from "../support/implementation.js";
import type { Form } from "./call-arguments.js";

export interface Output {
  readonly what: string;
  readonly value: Value;
  /** Whether it has to be a `number` ("mean", "sum", one vector's log-sum-exp) or an array. */
  readonly scalar: boolean;
}

/** Gradients by the names that the functions give them. */
export type GradientName = "grad" | "targetGrad" | "hidden" | "linearWeight" | "bias";

/** What a gradient is asked for with, beside the arguments of the value. */
export interface GradientRequest {
  readonly upstream: number | Float32Array | Float64Array;
  readonly targetGrad: boolean;
}

export interface Call {
  /** The function that the call needs, where not every implementation has it. */
  readonly needs?: keyof FurtherFunctions;
  /** One output for each output stored with the case. */
  values(functions: LossFunctions, form: Form): readonly Output[];
  /** Undefined for a function that has no gradient. */
  readonly gradient?: GradientCall;
}

export interface GradientCall {
  readonly needs: keyof FurtherFunctions;
  /** Whether `upstream` is one number a value, and not one for the reduced value. */
  readonly upstreamArray: boolean;
  /** The gradient for each of the case's inputs, if the function gives one. */
  readonly gives: readonly (GradientName | undefined)[];
  /** What a gradient is a sum of products with, if not of numbers of about 1: the greatest of it. */
  greatest?(name: GradientName): number;
  run(functions: LossFunctions, form: Form, request: GradientRequest): Gradients;
}

export interface Gradients {
  readonly value: Value;
  readonly scalar: boolean;
  readonly gradients: Readonly<Partial<Record<GradientName, Gradient>>>;
}

/** The gradients of a loss of two arguments. */
export const OF_TWO_ARGUMENTS = ["grad", "targetGrad"] as const;

export function gradientsOfTwo({ value, ...gradients }: Differentiated, scalar: boolean): Gradients {
  return { value, scalar, gradients };
}

/** The package itself, as users call it: both builds of the kernels, on arrays of JS and on arrays in an engine's memory. */

import * as fastest from "wasm-cross-entropy";
import * as deterministic from "wasm-cross-entropy/deterministic";
import { type HalfType, halfTensor } from "./half.js";
import type { Contender, FloatType, Problem } from "./types.js";
import { writtenTo } from "./written.js";

/** What crossEntropy promises for rows of any number of classes; from 100 on it is 1e-7, which test/accuracy/losses.test.ts holds. */
const BOUND = 1.6e-7;

/** Where the contender has them: JS arrays, or arrays in an engine's memory. */
export interface Operands {
  readonly logits: fastest.FloatTensor;
  readonly targets: Int32Array | Float32Array;
  readonly shape: readonly [rows: number, classes: number];
  /** As long as the logits if the operation writes a gradient, else empty. */
  readonly grad: Float32Array;
}

/** What a suite times; the same calls on the plain functions and on an engine. */
export interface Operation {
  /** Whether it writes one. */
  readonly gradient?: boolean;
  run(functions: fastest.Functions, operands: Operands): number;
  rowLosses?(functions: fastest.Functions, operands: Operands): ArrayLike<number>;
}

/** Which build, and where the operands lie. */
export interface Way {
  readonly variant: fastest.Variant;
  readonly data: "js" | "memory";
}

/** Of a contender, where it is not the only one of its way in a group. */
export type Particulars = Partial<Pick<Contender, "id" | "label" | "type" | "detail" | "bound">>;

export const WAYS: readonly Way[] = [
  { variant: "plain", data: "js" },
  { variant: "plain", data: "memory" },
  { variant: "relaxed", data: "js" },
  { variant: "relaxed", data: "memory" },
];

export function wayName({ variant, data }: Way): string {
  return `${variant}, ${data === "js" ? "JS arrays" : "in memory"}`;
}

const engines = new Map<fastest.Variant, fastest.LocalEngine>();

/** One engine a build for the whole run, started when first needed: its memory grows to the largest shape and is used again. */
function engineOf(variant: fastest.Variant): fastest.LocalEngine {
  let engine = engines.get(variant);
  if (!engine) {
    engine = fastest.createLocalEngine({ deterministic: variant === "plain" });
    engines.set(variant, engine);
  }
  return engine;
}

function missing(variant: fastest.Variant): string | undefined {
  if (variant === "relaxed" && !fastest.info().relaxedSimd) return "this runtime has no relaxed SIMD";
  return undefined;
}

export function packageContender(way: Way, operation: Operation, particulars: Particulars = {}): Contender {
  const { variant, data } = way;
  const { bound = BOUND, type = "float32", ...named } = particulars;
  return {
    id: `${variant}-${data}`,
    label: `wasm ${wayName(way)}`,
    variant,
    data,
    type,
    bound,
    ...named,
    missing: () => missing(variant),
    open: (problem) => {
      const { rowLosses } = operation;
      const { functions, operands, close } = (data === "js" ? onJsArrays : inMemory)(variant, operation, problem, type);
      return {
        run: () => operation.run(functions, operands),
        ...(operation.gradient && { grad: writtenTo(operands.grad) }),
        ...(rowLosses && { rowLosses: () => rowLosses(functions, operands) }),
        close,
      };
    },
  };
}

/** The package's four. */
export function packageContenders(operation: Operation): Contender[] {
  return WAYS.map((way) => packageContender(way, operation));
}

interface Prepared {
  readonly functions: fastest.Functions;
  readonly operands: Operands;
  readonly close: () => void;
}

/** From JS arrays: what the plain functions do, copying through their tile. */
function onJsArrays(variant: fastest.Variant, operation: Operation, problem: Problem, type: FloatType): Prepared {
  const { logits, targets, rows, classes } = problem;
  return {
    functions: variant === "plain" ? deterministic : fastest,
    operands: {
      logits: type === "float32" ? logits : halfTensor(logits, type),
      targets,
      shape: [rows, classes],
      grad: new Float32Array(gradients(operation, logits)),
    },
    close: () => {},
  };
}

/** From arrays that already lie in an engine's memory: read in place, and the gradient written in place. */
function inMemory(variant: fastest.Variant, operation: Operation, problem: Problem, type: FloatType): Prepared {
  const engine = engineOf(variant);
  const logits = engine.allocate(type, problem.logits.length);
  const targets = engine.allocate(problem.targets instanceof Int32Array ? "int32" : "float32", problem.targets.length);
  const grad = engine.allocate("float32", gradients(operation, problem.logits));
  logits.set(type === "float32" ? problem.logits : halfTensor(problem.logits, type).data);
  targets.set(problem.targets);
  return {
    functions: engine,
    operands: {
      logits: logits instanceof Float32Array ? logits : { data: logits, type: type as HalfType },
      targets,
      shape: [problem.rows, problem.classes],
      grad,
    },
    close: () => {
      for (const array of [logits, targets, grad]) engine.free(array);
    },
  };
}

function gradients({ gradient }: Operation, { length }: Float32Array): number {
  return gradient ? length : 0;
}

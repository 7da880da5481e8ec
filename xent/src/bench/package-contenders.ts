/** The library, called as users call it: both builds of the kernels, on JS arrays and on arrays in an engine's memory. */

import * as fastest from "wasm-cross-entropy";
import * as deterministic from "wasm-cross-entropy/deterministic";
import { type HalfType, halfTensor } from "./half.js";
import type { Contender, FloatType, Problem } from "./types.js";
import { writtenTo } from "./written.js";

/** The error bound of crossEntropy for any number of classes. From 100 classes on it is 1e-7 (test/accuracy/losses.test.ts). */
const BOUND = 1.6e-7;

/** The operands of a contender: JS arrays, or arrays in an engine's memory. */
export interface Operands {
  readonly logits: fastest.FloatTensor;
  readonly targets: Int32Array | Float32Array;
  readonly shape: readonly [rows: number, classes: number];
  /** As long as the logits if the operation writes a gradient; else empty. */
  readonly grad: Float32Array;
}

/** The operation that a suite times. The same code runs on the plain functions and on an engine. */
export interface Operation {
  /** Whether the operation writes a gradient. */
  readonly gradient?: boolean;
  run(functions: fastest.Functions, operands: Operands): number;
  rowLosses?(functions: fastest.Functions, operands: Operands): ArrayLike<number>;
}

/** The build of the kernels, and where the operands lie. */
export interface Way {
  readonly variant: fastest.Variant;
  readonly data: "js" | "memory";
}

/** Overrides that tell a contender from another one of the same way in its group. */
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

/** Returns the one engine of a build, created on first use. Its memory grows to the largest shape and is reused. */
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

/** One contender per way: four in all. */
export function packageContenders(operation: Operation): Contender[] {
  return WAYS.map((way) => packageContender(way, operation));
}

interface Prepared {
  readonly functions: fastest.Functions;
  readonly operands: Operands;
  readonly close: () => void;
}

/** Operands in JS arrays: the plain functions copy them through their tile. */
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

/** Operands in an engine's memory: read in place, and the gradient is written in place. */
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

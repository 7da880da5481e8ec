/** The elementwise losses behind one interface: test data, the fast call and the reference call. */
import type { ElementReduction, FloatTensor, Functions } from "../../src/index.js";
import * as reference from "../../src/reference/index.js";
import type { Random } from "./random.js";

/** All options of the elementwise losses. Each loss gets only its own. */
export interface ElementOptions {
  readonly shape?: readonly number[];
  readonly reduction?: ElementReduction;
  readonly out?: Float32Array;
  readonly weight?: FloatTensor;
  readonly posWeight?: FloatTensor;
  readonly alpha?: number;
  readonly gamma?: number;
  readonly upstream?: number | FloatTensor;
  readonly gradOut?: Float32Array;
  readonly targetGrad?: boolean;
}

export interface ElementResult {
  readonly value: number | Float32Array | Float64Array;
  readonly grad: Float32Array | Float64Array;
  readonly targetGrad?: Float32Array | Float64Array;
}

export interface ElementLoss {
  readonly name: string;
  readonly input: (random: Random) => number;
  readonly target: (random: Random) => number;
  readonly weights: readonly ("weight" | "posWeight")[];
  readonly batchmean: boolean;
  readonly targetGrad: boolean;
  value(functions: Functions, x: FloatTensor, y: FloatTensor, options: ElementOptions): number | Float32Array;
  gradient(functions: Functions, x: FloatTensor, y: FloatTensor, options: ElementOptions): ElementResult;
  exact(x: FloatTensor, y: FloatTensor, options: ElementOptions): ElementResult;
}

type Anything = never;

const label = (random: Random): number => (random.uniform() < 0.6 ? random.integer(2) : random.uniform());
const logProbability = (random: Random): number => (random.uniform() < 0.05 ? Number.NEGATIVE_INFINITY : -9 * random.uniform());
const probability = (random: Random): number => (random.uniform() < 0.2 ? random.integer(2) : random.uniform());

function klDiv(logTarget: boolean): ElementLoss {
  const own = (options: ElementOptions): Anything => ({ ...options, logTarget }) as Anything;
  return {
    name: logTarget ? "klDivLoss of log-targets" : "klDivLoss",
    input: (random) => -9 * random.uniform(),
    target: logTarget ? logProbability : probability,
    weights: [],
    batchmean: true,
    targetGrad: true,
    value: (functions, x, y, options) => functions.klDivLoss(x, y, own(options)),
    gradient: (functions, x, y, options) => functions.klDivLossValueAndGrad(x, y, own(options)),
    exact: (x, y, options) => reference.klDivLossValueAndGrad(x, y, own(options)),
  };
}

function focal(gamma: number, alpha: number): ElementLoss {
  const own = (options: ElementOptions): Anything => ({ ...options, gamma, alpha }) as Anything;
  return {
    name: `sigmoidFocalLoss, gamma ${gamma}, alpha ${alpha}`,
    input: (random) => 3 * random.normal(),
    target: label,
    weights: [],
    batchmean: false,
    targetGrad: false,
    value: (functions, x, y, options) => functions.sigmoidFocalLoss(x, y, own(options)),
    gradient: (functions, x, y, options) => functions.sigmoidFocalLossValueAndGrad(x, y, own(options)),
    exact: (x, y, options) => reference.sigmoidFocalLossValueAndGrad(x, y, own(options)),
  };
}

export const elementLosses: readonly ElementLoss[] = [
  {
    name: "binaryCrossEntropy",
    input: probability,
    target: label,
    weights: ["weight"],
    batchmean: false,
    targetGrad: true,
    value: (functions, x, y, options) => functions.binaryCrossEntropy(x, y, options as Anything),
    gradient: (functions, x, y, options) => functions.binaryCrossEntropyValueAndGrad(x, y, options as Anything),
    exact: (x, y, options) => reference.binaryCrossEntropyValueAndGrad(x, y, options as Anything),
  },
  {
    name: "binaryCrossEntropyWithLogits",
    input: (random) => 4 * random.normal(),
    target: label,
    weights: ["weight", "posWeight"],
    batchmean: false,
    targetGrad: true,
    value: (functions, x, y, options) => functions.binaryCrossEntropyWithLogits(x, y, options as Anything),
    gradient: (functions, x, y, options) => functions.binaryCrossEntropyWithLogitsValueAndGrad(x, y, options as Anything),
    exact: (x, y, options) => reference.binaryCrossEntropyWithLogitsValueAndGrad(x, y, options as Anything),
  },
  klDiv(false),
  klDiv(true),
  focal(2, 0.25),
  focal(0, 0.5),
  focal(1, 1),
  focal(1.5, 0.25),
  focal(2, -1),
  focal(1.5, -1),
];

/** Inputs and targets of a loss, as f32. */
export function elementData(loss: ElementLoss, length: number, random: Random): { x: Float32Array; y: Float32Array } {
  return {
    x: Float32Array.from({ length }, () => loss.input(random)),
    y: Float32Array.from({ length }, () => loss.target(random)),
  };
}

/** What the element losses (one value per element) share: their arguments, reductions and gradients, up to the job. */
import { type BroadcastWeights, broadcastWeights } from "../arguments/broadcast.js";
import type { GradientOptions, LossOptions, TargetGradientOptions } from "../arguments/function-options.js";
import { TARGET_GRADIENT_OPTIONS } from "../arguments/function-options.js";
import { gradientOutput, upstreamGradient } from "../arguments/gradients.js";
import { checkApart, type Placed, rowOutput } from "../arguments/outputs.js";
import { checkProduct, checkShape, type FloatInput, floatInput, isTensorLike } from "../arguments/tensors.js";
import type { AnyValueAndGrad, ElementReduction, FloatTensor, GradOut } from "../arguments/types.js";
import type { GradientRequest, Sums } from "../engine/job.js";
import type { Kind } from "../engine/kind.js";
import { binaryCrossEntropyKind } from "../engine/kinds/binary-cross-entropy.js";
import { type ElementJob, elementRows } from "../engine/kinds/elements.js";
import { type Task, taskOf } from "../engine/task.js";
import { wrongValue } from "../errors.js";
import { isFloat64 } from "../values.js";
import { gradientResult } from "./gradient-plan.js";

/** The options of all these losses. */
type Options = Partial<
  LossOptions<string> &
    Pick<TargetGradientOptions, "targetGrad"> &
    GradientOptions<GradOut> & { readonly weight: FloatTensor | undefined; readonly posWeight: FloatTensor | undefined }
>;

/** What distinguishes one of these losses. */
export interface ElementLossForm {
  readonly kind: Kind<ElementJob>;
  /** Name of the first argument, for errors. */
  readonly input: string;
  readonly reduction: (value: unknown) => ElementReduction;
  readonly alpha?: number;
  readonly gamma?: number;
}

/** The task of the value alone. */
export function elementTask(
  form: ElementLossForm,
  input: FloatTensor,
  targets: FloatTensor,
  options: Options,
): Task<number | Float32Array> {
  const { job, value } = checked(form, input, targets, options, false);
  return taskOf(form.kind, job, value);
}

/** The task of the value and its gradients. */
export function elementGradientTask(
  form: ElementLossForm,
  input: FloatTensor,
  targets: FloatTensor,
  options: Options,
): Task<AnyValueAndGrad> {
  const { job, value } = checked(form, input, targets, options, true);
  const { grad: written, targetGrad } = job.gradient as GradientRequest;
  const grad = gradientResult(options.gradOut, written);
  return taskOf(form.kind, job, (sums) => ({ value: value(sums), grad, ...(targetGrad && { targetGrad }) }));
}

interface Checked {
  readonly job: ElementJob;
  value(sums: Sums): number | Float32Array;
}

function checked(
  form: ElementLossForm,
  inputArgument: FloatTensor,
  targetsArgument: FloatTensor,
  options: Options,
  withGradients: boolean,
): Checked {
  const reduction = form.reduction(options.reduction);
  const input = floatInput(form.input, inputArgument);
  const targets = floatInput("targets", targetsArgument);
  const shape = elementShape(form.input, input, targets, options.shape);
  const length = input.data.length;
  const weight = broadcastWeights("options.weight", options.weight, shape);
  const posWeight = broadcastWeights("options.posWeight", options.posWeight, shape);
  const read = namedArrays(targets, weight, posWeight);
  const out = rowOutput(options.out, reduction, length);
  checkApart(out, [[form.input, input.data], ...read]);
  const divisor = divisorOf(reduction, shape, length);
  const gradient = withGradients ? gradientRequest(form.input, input, read, out, reduction, divisor, options) : null;
  if (form.kind === binaryCrossEntropyKind) {
    checkExactProbabilities(form.input, inputArgument);
    checkExactProbabilities("targets", targetsArgument);
  }
  const job: ElementJob = {
    layout: elementRows(length),
    input: input.data,
    targets: targets.data,
    weight,
    posWeight,
    alpha: form.alpha ?? 0,
    gamma: form.gamma ?? 0,
    gradient,
    probabilities: requirement(form, options),
    out,
  };
  const value = (sums: Sums): number | Float32Array => {
    if (sums.outside) {
      const { index, value } = sums.outside;
      failOutside(index < length ? form.input : "targets", index % length, value);
    }
    return out ?? sums.loss / divisor;
  };
  return { job, value };
}

/** If the call writes the caller's arrays, input and targets are checked before anything is written. */
function requirement({ kind }: ElementLossForm, { out, gradOut }: Options): ElementJob["probabilities"] {
  if (kind !== binaryCrossEntropyKind) return "no";
  return out !== undefined || gradOut !== undefined ? "before all" : "chunk by chunk";
}

/** The shape of the options, else of the input, else of the targets, else of one vector. */
function elementShape(name: string, input: FloatInput, targets: FloatInput, option: unknown): readonly number[] {
  const length = input.data.length;
  const stated = option === undefined ? input.shape : checkShape("options.shape", option);
  if (stated) checkProduct(name, stated, length);
  if (targets.data.length !== length) throw wrongValue("targets", `${length} elements, as ${name} has`, `${targets.data.length}`);
  if (stated && targets.shape && stated.join() !== targets.shape.join()) {
    throw wrongValue("targets", `the shape of ${name}, [${stated.join(", ")}]`, `[${targets.shape.join(", ")}]`);
  }
  return stated ?? targets.shape ?? [length];
}

type Named = readonly (readonly [name: string, array: Placed | null])[];

/** The arrays that are read besides the input. */
function namedArrays(targets: FloatInput, weight: BroadcastWeights | null, posWeight: BroadcastWeights | null): Named {
  return [
    ["targets", targets.data],
    ["options.weight", weight?.data ?? null],
    ["options.posWeight", posWeight?.data ?? null],
  ];
}

function divisorOf(reduction: ElementReduction, shape: readonly number[], length: number): number {
  if (reduction === "mean") return length;
  return reduction === "batchmean" ? (shape[0] ?? 1) : 1;
}

function gradientRequest(
  inputName: string,
  input: FloatInput,
  read: Named,
  out: Float32Array | null,
  reduction: string,
  divisor: number,
  options: Options,
): GradientRequest {
  const wantsTargetGrad = TARGET_GRADIENT_OPTIONS.targetGrad(options.targetGrad);
  const upstream = upstreamGradient(options.upstream, reduction, input.data.length);
  checkApart(out, [["options.upstream", upstream.values]]);
  const others: Named = [...read, ["options.upstream", upstream.values], ["options.out", out]];
  const grad = gradientOutput(options.gradOut, input.data, inputName, others);
  const targetGrad = wantsTargetGrad ? new Float32Array(input.data.length) : null;
  return { scale: upstream.scale / divisor, upstream: upstream.values, grad, targetGrad };
}

/** Checks f64 and plain numbers before they are rounded to f32. The kernels check everything else. */
function checkExactProbabilities(name: string, argument: FloatTensor): void {
  const data = isTensorLike(argument) ? argument.data : argument;
  if (!Array.isArray(data) && !isFloat64(data)) return;
  for (let i = 0; i < data.length; i++) {
    const probability = data[i];
    if (!(probability >= 0 && probability <= 1)) failOutside(name, i, probability);
  }
}

function failOutside(name: string, index: number, value: number): never {
  throw wrongValue(`${name}[${index}]`, "a probability in [0, 1]", value);
}

/** Runs a loss of one value an element chunk by chunk: losses, gradients, and the sum in f64. */
import { ELEMENT_CHUNK, ELEMENT_PARTS } from "../memory/layout.js";
import type { Rows } from "../memory/tiles.js";
import type { ElementJob, Sums } from "./job.js";
import { RowSum } from "./reduction.js";
import { BATCH, TileSink } from "./tile-sink.js";
import { TileSource } from "./tile-source.js";
import { WeightSource } from "./weight-source.js";
import type { Workspace } from "./workspace.js";

/** The kernel's numbers for the kinds (assembly/losses/elements.ts). */
export const ELEMENT_KINDS = {
  binaryCrossEntropy: 0,
  binaryCrossEntropyWithLogits: 1,
  klDivLoss: 2,
  klDivLossOfLogs: 3,
  sigmoidFocalLoss: 4,
  jsDivLoss: 5,
} as const;

/** Elements as one row of a flat array. */
function flatRows(length: number): Rows {
  return { rows: 1, classes: length, inner: 1, stride: length };
}

export function runElements(workspace: Workspace, job: ElementJob): Sums {
  const { kernels, layout: at } = workspace;
  const { length, gradient } = job;
  const flat = flatRows(length);
  const isOfProbabilities = job.kind === "binaryCrossEntropy";
  const input = new TileSource(workspace, job.input, flat, "tileA");
  const targets = new TileSource(workspace, job.targets, flat, "tileB");
  const upstream = gradient?.upstream ? new TileSource(workspace, gradient.upstream, flat, "panel") : null;
  const weight = job.weight ? new WeightSource(workspace, job.weight, length, "weight") : null;
  const posWeight = job.posWeight ? new WeightSource(workspace, job.posWeight, length, "posWeight") : null;
  // where they cannot go to their array at once, a batch of gradients waits in turn; those of the targets go over the targets
  const grad = gradient ? new TileSink(workspace, gradient.grad, flat, "gradient") : null;
  const targetGrad = gradient?.targetGrad ? new TileSink(workspace, gradient.targetGrad, flat, "tileB") : null;
  const out = job.out ? new TileSink(workspace, job.out, flat, "gradient") : null;
  const scale = gradient ? gradient.scale : 0;
  const values = at.gradient + ELEMENT_PARTS.values * 4;
  const scratch = at.gradient + ELEMENT_PARTS.scratch * 4;
  const sum = new RowSum();

  if (isOfProbabilities && job.checksFirst) {
    const outside = firstOutside(workspace, input, length);
    if (outside) return { ...sums(0), outside };
  }
  for (let first = 0; first < length; first += ELEMENT_CHUNK) {
    const count = Math.min(ELEMENT_CHUNK, length - first);
    input.load(0, 1, first, count);
    if (isOfProbabilities && !job.checksFirst) {
      const outside = outsideOfChunk(workspace, input, first, count);
      if (outside) return { ...sums(0), outside };
    }
    targets.load(0, 1, first, count);
    upstream?.load(0, 1, first, count);
    weight?.load(first, count);
    posWeight?.load(first, count);
    grad?.open(0, first, count, ELEMENT_PARTS.gradients + (first % BATCH), true);
    for (const sink of [targetGrad, out]) sink?.open(0, first, count);
    const losses = out ? out.address : values;
    kernels.elementLoss(
      ELEMENT_KINDS[job.kind],
      input.address,
      targets.address,
      count,
      weight ? weight.address : 0,
      posWeight ? posWeight.address : 0,
      upstream ? upstream.address : 0,
      scale,
      job.alpha,
      job.gamma,
      losses,
      grad ? grad.address : 0,
      targetGrad ? targetGrad.address : 0,
      scratch,
    );
    if (!out) addChunk(workspace, sum, losses, count);
    for (const sink of [grad, targetGrad, out]) sink?.close(0, 1, first, count);
  }
  grad?.flush();
  return sums(sum.total);
}

function sums(loss: number): Sums {
  return { loss, weight: 0, z: 0, kept: 0 };
}

/** Adds the sum of a chunk's losses. */
function addChunk(workspace: Workspace, sum: RowSum, losses: number, count: number): void {
  const { loss } = workspace.views();
  loss[0] = 0;
  workspace.kernels.rowSum(losses, 1, count, count, workspace.layout.loss);
  sum.add(loss, 1);
}

function firstOutside(workspace: Workspace, input: TileSource, length: number): Sums["outside"] {
  for (let first = 0; first < length; first += ELEMENT_CHUNK) {
    const count = Math.min(ELEMENT_CHUNK, length - first);
    input.load(0, 1, first, count);
    const outside = outsideOfChunk(workspace, input, first, count);
    if (outside) return outside;
  }
  return undefined;
}

/** The first of the loaded elements that is no probability, as the kernels see it. */
function outsideOfChunk({ kernels, memory }: Workspace, input: TileSource, first: number, count: number): Sums["outside"] {
  const index = kernels.firstOutside(input.address, count);
  if (index < 0) return undefined;
  const value = new Float32Array(memory.buffer, input.address + index * 4, 1)[0] as number;
  return { index: first + index, value };
}

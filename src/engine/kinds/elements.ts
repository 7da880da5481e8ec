/** Runs a loss of one value an element chunk by chunk: losses, gradients, and the sum in f64. */
import { ELEMENT_BATCH, ELEMENT_CHUNK, ELEMENT_PARTS } from "../../memory/layout.js";
import type { Rows } from "../../memory/tiles.js";
import type { Columns } from "../columns.js";
import type { ElementJob, Sums } from "../job.js";
import type { RangeRoutine } from "../routine.js";
import type { RowRange } from "../tiles/row-program.js";
import { TileSink } from "../tiles/tile-sink.js";
import { TileSource } from "../tiles/tile-source.js";
import { WeightSource } from "../tiles/weight-source.js";
import type { Workspace } from "../tiles/workspace.js";

/** The kernel's numbers for the kinds (assembly/losses/elements.ts). */
export const ELEMENT_KINDS = {
  binaryCrossEntropy: 0,
  binaryCrossEntropyWithLogits: 1,
  klDivLoss: 2,
  klDivLossOfLogs: 3,
  sigmoidFocalLoss: 4,
  jsDivLoss: 5,
} as const;

/** Elements as rows of one class each, so that a window of them begins with a row; a chunk is one long row of them. */
function flatRows(length: number): Rows {
  return { rows: length, classes: 1, inner: 1, stride: 1 };
}

export const elementKind: RangeRoutine<ElementJob> = { run: runElements };

/**
 * Runs the elements of a range, which begins at a multiple of ELEMENT_CHUNK, and gives the first one that is no probability where
 * one has to be; nothing after it is computed. The losses' sum of each chunk goes into a column.
 */
function runElements(workspace: Workspace, job: ElementJob, columns: Columns, { from, to, origin }: RowRange): Sums["outside"] {
  const { kernels, layout: at } = workspace;
  const { length, gradient } = job;
  const flat = flatRows(length);
  const isOfProbabilities = job.kind === "binaryCrossEntropy";
  const input = new TileSource(workspace, job.input, flat, "tileA", 0, origin);
  const targets = new TileSource(workspace, job.targets, flat, "tileB", 0, origin);
  const upstream = gradient?.upstream ? new TileSource(workspace, gradient.upstream, flat, "panel", 0, origin) : null;
  const weight = job.weight ? new WeightSource(workspace, job.weight, length, "weight") : null;
  const posWeight = job.posWeight ? new WeightSource(workspace, job.posWeight, length, "posWeight") : null;
  // where they cannot go to their array at once, a batch of gradients waits in turn; those of the targets go over the targets
  const grad = gradient ? new TileSink(workspace, gradient.grad, flat, "gradient", origin) : null;
  const targetGrad = gradient?.targetGrad ? new TileSink(workspace, gradient.targetGrad, flat, "tileB", origin) : null;
  const out = job.out ? new TileSink(workspace, job.out, flat, "gradient", origin) : null;
  const scale = gradient ? gradient.scale : 0;
  const values = at.gradient + ELEMENT_PARTS.values * 4;
  const scratch = at.gradient + ELEMENT_PARTS.scratch * 4;

  if (isOfProbabilities && job.checksFirst) {
    const outside = firstOutside(workspace, input, from, to);
    if (outside) return outside;
  }
  for (let first = from; first < to; first += ELEMENT_CHUNK) {
    const count = Math.min(ELEMENT_CHUNK, to - first);
    input.load(first, 1, 0, count);
    if (isOfProbabilities && !job.checksFirst) {
      const outside = outsideOfChunk(workspace, input, first, count);
      if (outside) return outside;
    }
    targets.load(first, 1, 0, count);
    upstream?.load(first, 1, 0, count);
    weight?.load(first, count);
    posWeight?.load(first, count);
    grad?.open(first, 0, count, ELEMENT_PARTS.gradients + (first % ELEMENT_BATCH), true);
    for (const sink of [targetGrad, out]) sink?.open(first, 0, count);
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
      out ? 0 : at.loss,
      scratch,
    );
    if (!out) columns.add("loss", workspace.views().loss, 1);
    for (const sink of [grad, targetGrad, out]) sink?.close(first, 1, 0, count);
  }
  grad?.flush();
  return undefined;
}

/** The first element that is no probability, where one has to be: nothing else is computed. */
export function checkProbabilities(workspace: Workspace, job: ElementJob): Sums["outside"] {
  if (job.kind !== "binaryCrossEntropy") return undefined;
  return firstOutside(workspace, new TileSource(workspace, job.input, flatRows(job.length), "tileA"), 0, job.length);
}

function firstOutside(workspace: Workspace, input: TileSource, from: number, to: number): Sums["outside"] {
  for (let first = from; first < to; first += ELEMENT_CHUNK) {
    const count = Math.min(ELEMENT_CHUNK, to - first);
    input.load(first, 1, 0, count);
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

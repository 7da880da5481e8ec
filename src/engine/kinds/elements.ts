/** Elementwise losses, chunk by chunk: losses, gradients, and the sum of the losses in f64. */
import { ELEMENT_BATCH, ELEMENT_CHUNK } from "../../memory/constants.js";
import { ELEMENT_PARTS } from "../../memory/gradient-parts.js";
import type { Rows } from "../../memory/tiles.js";
import type { Columns } from "../columns.js";
import type { FloatArray, GradientRequest, Job, Outside } from "../job.js";
import { type Kind, NO_REDUCTION, timeOfElements } from "../kind.js";
import type { RowRange } from "../tiles/run-rows.js";
import { TileSink } from "../tiles/tile-sink.js";
import { TileSource } from "../tiles/tile-source.js";
import { type BroadcastWeights, WeightSource } from "../tiles/weight-source.js";
import type { Workspace } from "../tiles/workspace.js";

/** The layout has one row of one class per element (`elementRows`). */
export interface ElementJob extends Job {
  readonly input: FloatArray;
  readonly targets: FloatArray;
  readonly weight: BroadcastWeights | null;
  readonly posWeight: BroadcastWeights | null;
  /** alpha and gamma of the focal loss. */
  readonly alpha: number;
  readonly gamma: number;
  readonly gradient: GradientRequest | null;
  /**
   * Whether and when to check that input and targets are in [0, 1]. "before all" checks them all before anything is written: for
   * results that go to the caller's own arrays, which invalid arguments must leave unchanged.
   */
  readonly probabilities: "no" | "chunk by chunk" | "before all";
  /** Receives the loss of each element; null when only the sum is needed. */
  readonly out: Float32Array | null;
}

/** Lays elements out as rows of one class, so that a window can begin at any element. A chunk is loaded as one long row. */
export function elementRows(length: number): Rows {
  return { rows: length, classes: 1, inner: 1, stride: 1 };
}

/** The kind of a loss; `loss` is its number for the elementLoss kernel, `nanoseconds` its time per element. */
export function elementKind(name: string, loss: number, nanoseconds: number): Kind<ElementJob> {
  return {
    name,
    tileRows: ELEMENT_CHUNK,
    check: ({ probabilities, layout, input, targets }) =>
      probabilities === "before all" ? { kind: probabilitiesKind, job: { layout, input, targets } } : undefined,
    run: (workspace, job, columns, range) => runElements(workspace, loss, job, columns, range),
    arrays(job, read, write) {
      const { layout, weight, posWeight, gradient } = job;
      return {
        ...job,
        input: read(job.input, layout),
        targets: read(job.targets, layout),
        weight: weight && { ...weight, data: read(weight.data) },
        posWeight: posWeight && { ...posWeight, data: read(posWeight.data) },
        gradient: gradient && {
          ...gradient,
          upstream: read(gradient.upstream, layout),
          grad: write(gradient.grad, layout),
          targetGrad: write(gradient.targetGrad, layout),
        },
        out: write(job.out, layout),
      };
    },
    nanoseconds: (job) => timeOfElements(job, nanoseconds, job.gradient),
    reduction: {
      columns: (job) => (job.out ? [] : ["loss"]),
      entries: (_, rows) => Math.ceil(rows / ELEMENT_CHUNK),
      sums: (_, totals) => ({ loss: totals.total("loss"), weight: 0, z: 0, kept: 0, keptWeight: 0 }),
    },
  };
}

interface ProbabilitiesJob extends Job {
  readonly input: FloatArray;
  readonly targets: FloatArray;
}

/** Returns the first element outside [0, 1] of the first chunk that has one. Computes nothing. */
export const probabilitiesKind: Kind<ProbabilitiesJob> = {
  name: "probabilities",
  tileRows: ELEMENT_CHUNK,
  run: (workspace, { layout, input, targets }, _, { from, to, origin }) => {
    const sources = {
      input: new TileSource(workspace, input, layout, "tileA", 0, origin),
      targets: new TileSource(workspace, targets, layout, "tileB", 0, origin),
    };
    return firstOutside(workspace, sources, layout.rows, from, to);
  },
  arrays: (job, read) => ({ ...job, input: read(job.input, job.layout), targets: read(job.targets, job.layout) }),
  nanoseconds: (job) => timeOfElements(job, 0.4),
  reduction: NO_REDUCTION,
};

/**
 * Runs the elements of a range that begins at a multiple of ELEMENT_CHUNK, and adds the sum of each chunk's losses to a column.
 * If the loss requires probabilities, returns an element outside [0, 1], as firstOutside does, and computes nothing after it.
 */
function runElements(
  workspace: Workspace,
  loss: number,
  job: ElementJob,
  columns: Columns,
  { from, to, origin }: RowRange,
): Outside | undefined {
  const { kernels, layout: at } = workspace;
  const { layout: flat, gradient } = job;
  const { rows: length } = flat;
  const input = new TileSource(workspace, job.input, flat, "tileA", 0, origin);
  const targets = new TileSource(workspace, job.targets, flat, "tileB", 0, origin);
  const upstream = gradient?.upstream ? new TileSource(workspace, gradient.upstream, flat, "panel", 0, origin) : null;
  const weight = job.weight ? new WeightSource(workspace, job.weight, length, "weight") : null;
  const posWeight = job.posWeight ? new WeightSource(workspace, job.posWeight, length, "posWeight") : null;
  // Gradients that cannot be written in place are copied back in batches. Target gradients overwrite the targets' tile.
  const grad = gradient ? new TileSink(workspace, gradient.grad, flat, "gradient", origin) : null;
  const targetGrad = gradient?.targetGrad ? new TileSink(workspace, gradient.targetGrad, flat, "tileB", origin) : null;
  const out = job.out ? new TileSink(workspace, job.out, flat, "gradient", origin) : null;
  const scale = gradient ? gradient.scale : 0;
  const values = at.gradient + ELEMENT_PARTS.values * 4;
  const scratch = at.gradient + ELEMENT_PARTS.scratch * 4;

  if (job.probabilities === "before all") {
    const outside = firstOutside(workspace, { input, targets }, length, from, to);
    if (outside) return outside;
  }
  for (let first = from; first < to; first += ELEMENT_CHUNK) {
    const count = Math.min(ELEMENT_CHUNK, to - first);
    input.load(first, 1, 0, count);
    targets.load(first, 1, 0, count);
    if (job.probabilities === "chunk by chunk") {
      const outside = outsideOfChunk(workspace, { input, targets }, length, first, count);
      if (outside) return outside;
    }
    upstream?.load(first, 1, 0, count);
    weight?.load(first, count);
    posWeight?.load(first, count);
    grad?.open(first, 0, count, ELEMENT_PARTS.gradients + (first % ELEMENT_BATCH), true);
    for (const sink of [targetGrad, out]) sink?.open(first, 0, count);
    const losses = out ? out.address : values;
    kernels.elementLoss(
      loss,
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

interface Sources {
  readonly input: TileSource;
  readonly targets: TileSource;
}

/** Returns the first element outside [0, 1] of the first chunk that has one: of the input, else of the targets. */
function firstOutside(workspace: Workspace, sources: Sources, length: number, from: number, to: number): Outside | undefined {
  for (let first = from; first < to; first += ELEMENT_CHUNK) {
    const count = Math.min(ELEMENT_CHUNK, to - first);
    sources.input.load(first, 1, 0, count);
    sources.targets.load(first, 1, 0, count);
    const outside = outsideOfChunk(workspace, sources, length, first, count);
    if (outside) return outside;
  }
  return undefined;
}

/** Returns the first of the loaded elements outside [0, 1], with its value rounded to f32. */
function outsideOfChunk(
  { kernels, memory }: Workspace,
  { input, targets }: Sources,
  length: number,
  first: number,
  count: number,
): Outside | undefined {
  for (const source of [input, targets]) {
    const index = kernels.firstOutside(source.address, count);
    if (index < 0) continue;
    const value = new Float32Array(memory.buffer, source.address + index * 4, 1)[0];
    return { index: (source === input ? 0 : length) + first + index, value };
  }
  return undefined;
}

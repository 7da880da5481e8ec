/** Per-row losses and hits of a block of rows: what scoring is made of, from the same job as crossEntropyDetails. */
import { classTargets, type IntegerArray, rawTargets } from "../arguments/targets.js";
import { floatInput } from "../arguments/tensors.js";
import type { HalfTensor } from "../arguments/types.js";
import { deterministicRunner, runDefault } from "../engine/default.js";
import { detailsRoutine } from "../engine/details-rows.js";
import type { Task } from "../engine/task.js";
import { wrongValue } from "../errors.js";

export interface ScoreRowsOptions {
  readonly classes: number;
  readonly ignoreIndex?: number;
  readonly softcap?: number;
  readonly temperature?: number;
  readonly deterministic?: boolean;
}

export interface RowScores {
  /** Nats; 0 for ignored rows, NaN where the row has NaN or +inf. */
  readonly losses: Float64Array;
  /** 1: the target is the first class with the row's greatest logit (crossEntropyDetails' argmax). */
  readonly greedy: Uint8Array;
  /** 0: ignored. */
  readonly kept: Uint8Array;
}

/** Logits of whole rows, flat. */
export type RowLogits = Float32Array | Float64Array | HalfTensor;

/** Scores rows of `classes` logits against their targets. */
export function scoreRows(logits: RowLogits, targets: IntegerArray, options: ScoreRowsOptions): RowScores {
  const { classes, ignoreIndex = -100, softcap = 0, temperature = 1, deterministic = false } = options;
  const rows = targets.length;
  const { data } = floatInput("logits", logits);
  if (data.length !== rows * classes) throw wrongValue("logits", `${rows * classes} elements`, `${data.length}`);
  const checked = classTargets("targets", rawTargets("targets", targets), rows, [rows], classes, ignoreIndex);
  const layout = { rows, classes, inner: 1, stride: classes };
  const losses = new Float64Array(rows);
  const greedy = new Uint8Array(rows);
  const task: Task<void> = {
    job: {
      kind: "crossEntropyDetails",
      layout,
      logits: data,
      ...checked,
      weight: null,
      labelSmoothing: 0,
      softcap,
      temperature,
      zLoss: 0,
      out: { losses, isGreedy: greedy, logProbs: null, logSumExp: null, argmax: null, entropies: null, zLosses: null },
    },
    routine: detailsRoutine,
    finish: () => undefined,
  };
  if (deterministic) deterministicRunner().run(task);
  else runDefault(task);
  const kept = new Uint8Array(rows);
  for (let r = 0; r < rows; r++) {
    if (checked.targets[r] === checked.ignoreIndex) losses[r] = 0;
    else kept[r] = 1;
  }
  return { losses, greedy, kept };
}

/**
 * What rows leave for the reduction: columns of f64, in the order of the rows. Whoever runs all rows adds them up as they come
 * (ColumnSums); a thread that runs some of them leaves them in memory, to be added up in the same order when all are there.
 */
import { FEW_CLASSES } from "../memory/layout.js";
import type { CrossEntropyJob, Job, Sums } from "./job.js";
import { RowSum } from "./reduction.js";

/** `distance` is the second half of what grouped rows leave (assembly/losses/cross-entropy.ts). */
export type ColumnName = "loss" | "distance" | "z" | "weight";

export interface Columns {
  /** The next `count` entries of a column. */
  add(column: ColumnName, values: Float64Array, count: number): void;
  /** The next `count` entries are 0. */
  skip(column: ColumnName, count: number): void;
}

export class ColumnSums implements Columns {
  readonly #loss = new RowSum();
  readonly #distance = new RowSum();
  readonly #z = new RowSum();
  readonly #weight = new RowSum();

  add(column: ColumnName, values: Float64Array, count: number): void {
    this.#of(column).add(values, count);
  }

  skip(column: ColumnName, count: number): void {
    this.#of(column).skip(count);
  }

  /** What the job's reduction is made of, when all rows have been added. */
  sums(job: Job): Sums {
    const loss = this.#loss.total + this.#distance.total;
    if (job.kind !== "crossEntropy" && job.kind !== "nll") return { loss, weight: 0, z: 0, kept: 0 };
    const hasWeights = job.kind === "nll" || hasRowWeights(job);
    return { loss, weight: hasWeights ? this.#weight.total : job.kept, z: this.#z.total, kept: job.kept };
  }

  #of(column: ColumnName): RowSum {
    switch (column) {
      case "loss":
        return this.#loss;
      case "distance":
        return this.#distance;
      case "z":
        return this.#z;
      default:
        return this.#weight;
    }
  }
}

/** Whether each row's loss has the weight of its class. */
export function hasRowWeights({ targets, weight }: CrossEntropyJob): boolean {
  return targets !== null && weight !== null;
}

/** Whether rows are of few classes and nothing but their sum is asked for: then eight of them leave two entries. */
export function isGrouped(job: CrossEntropyJob): boolean {
  const { layout, targets, probabilities, labelSmoothing, zLoss, poly, out } = job;
  const isPlain = targets !== null && probabilities === null && labelSmoothing === 0 && zLoss === 0 && poly === 0 && out === null;
  return isPlain && !hasRowWeights(job) && layout.inner === 1 && layout.classes <= FEW_CLASSES;
}

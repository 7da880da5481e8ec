/**
 * What rows leave for the reduction: columns of f64, in the order of the rows. A local engine adds them up as they come
 * (ColumnSums); a worker, which runs some of the rows, leaves them in memory, to be added up in the same order when all are there.
 */
import { RowSum } from "./reduction.js";

/** `distance` is the second half of what grouped rows leave (assembly/losses/cross-entropy.ts). */
export type ColumnName = "loss" | "distance" | "z" | "weight";

export interface Columns {
  /** The next `count` entries of a column. */
  add(column: ColumnName, values: Float64Array, count: number): void;
  /** The next `count` entries are 0. */
  skip(column: ColumnName, count: number): void;
}

/** Sums of columns; of one that nothing was added to, 0. */
export interface Totals {
  total(column: ColumnName): number;
}

export class ColumnSums implements Columns, Totals {
  readonly #loss = new RowSum();
  #distance: RowSum | undefined;
  #z: RowSum | undefined;
  #weight: RowSum | undefined;

  add(column: ColumnName, values: Float64Array, count: number): void {
    this.#of(column).add(values, count);
  }

  skip(column: ColumnName, count: number): void {
    this.#of(column).skip(count);
  }

  total(column: ColumnName): number {
    switch (column) {
      case "loss":
        return this.#loss.total;
      case "distance":
        return this.#distance?.total ?? 0;
      case "z":
        return this.#z?.total ?? 0;
      default:
        return this.#weight?.total ?? 0;
    }
  }

  #of(column: ColumnName): RowSum {
    switch (column) {
      case "loss":
        return this.#loss;
      case "distance":
        this.#distance ??= new RowSum();
        return this.#distance;
      case "z":
        this.#z ??= new RowSum();
        return this.#z;
      default:
        this.#weight ??= new RowSum();
        return this.#weight;
    }
  }
}

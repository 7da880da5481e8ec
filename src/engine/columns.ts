/**
 * Per-row values for the reduction: columns of f64 in row order. A local engine sums them as they are produced (ColumnSums). A
 * worker runs only some of the rows, so it stores its entries in memory; they are summed in the same order once all are there.
 */
import { RowSum } from "./reduction.js";

/** `distance` is the second of the two entries per group of rows (assembly/losses/cross-entropy.ts). */
export type ColumnName = "loss" | "distance" | "z" | "weight";

export interface Columns {
  /** Appends `count` entries to a column. */
  add(column: ColumnName, values: Float64Array, count: number): void;
  /** Appends `count` zeros to a column. */
  skip(column: ColumnName, count: number): void;
}

/** Column sums; 0 for a column without entries. */
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

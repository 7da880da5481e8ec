/** The gradient's part of the steps. */
export interface GradientSteps {
  /** Runs before a tile's statistics. */
  begin(row: number, rows: number): void;
  /** Fills the columns of the tile's gradients. With `hasFactors` the upstream column holds a factor of each row's gradient. */
  prepare(row: number, rows: number, hasFactors: boolean): void;
  /** Writes the gradients of a segment. */
  apply(row: number, rows: number, first: number, classes: number): void;
  /** Writes zeros for a tile whose rows are all ignored. */
  clear(row: number, rows: number): void;
  /** Runs after the last tile. */
  end(): void;
}

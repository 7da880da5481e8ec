/** Checks of the collectors' input: batches must follow each other, and all columns of a batch must have the same length. */

/** The members of every batch. */
export interface ReportBatch {
  /** Number of rows before the batch. */
  readonly firstRow: number;
  /** One token id per row; the ignore index for an ignored row. */
  readonly targets: ArrayLike<number>;
  /** The text of each row's target; given in all batches or in none. */
  readonly texts?: ArrayLike<string> | undefined;
}

/** @throws RangeError when the batch does not start at row `rows`, or when a column's length differs from that of the targets */
export function checkBatch(
  batch: ReportBatch,
  rows: number,
  columns: Readonly<Record<string, ArrayLike<number | string> | undefined>>,
): void {
  if (batch.firstRow !== rows) throw new RangeError(`batch.firstRow: expected ${rows}, the next row, got ${batch.firstRow}`);
  const count = batch.targets.length;
  for (const [name, column] of Object.entries({ ...columns, texts: batch.texts })) {
    if (column !== undefined && column.length !== count) {
      throw new RangeError(`batch.${name}: expected ${count} entries, one per target, got ${column.length}`);
    }
  }
}

/** @throws TypeError when a snapshot has another kind or another version's form */
export function checkSnapshot(snapshot: { readonly kind?: unknown; readonly form?: unknown }, kind: string, form: number): void {
  if (snapshot.kind !== kind || snapshot.form !== form) {
    throw new TypeError(
      `snapshot: expected a ${kind} of form ${form}, got ${String(snapshot.kind)} of form ${String(snapshot.form)}`,
    );
  }
}

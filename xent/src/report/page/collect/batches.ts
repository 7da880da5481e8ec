/** What the collectors ask of a batch: the next rows, every column of their number. */

/** Members that every batch has. */
export interface ReportBatch {
  /** Place of its first row in the text: the number of rows before it. */
  readonly firstRow: number;
  /** One token id a row; the ignore index where the row is ignored. */
  readonly targets: ArrayLike<number>;
  /** The text of each row's target; in all batches or in none. */
  readonly texts?: ArrayLike<string> | undefined;
}

/** @throws RangeError for rows that are not the next ones, and for a column of another length */
export function checkBatch(
  batch: ReportBatch,
  rows: number,
  columns: Readonly<Record<string, ArrayLike<number | string> | undefined>>,
): void {
  if (batch.firstRow !== rows) throw new RangeError(`batch.firstRow: expected ${rows}, the next row, got ${batch.firstRow}`);
  const count = batch.targets.length;
  for (const [name, column] of Object.entries({ ...columns, texts: batch.texts })) {
    if (column !== undefined && column.length !== count) {
      throw new RangeError(`batch.${name}: expected ${count} entries, one a target, got ${column.length}`);
    }
  }
}

/** @throws TypeError when a snapshot is not one of `kind` in this version's form */
export function checkSnapshot(snapshot: { readonly kind?: unknown; readonly form?: unknown }, kind: string, form: number): void {
  if (snapshot.kind !== kind || snapshot.form !== form) {
    throw new TypeError(
      `snapshot: expected a ${kind} of form ${form}, got ${String(snapshot.kind)} of form ${String(snapshot.form)}`,
    );
  }
}

/** What a table of tokens has in its columns, whatever file it becomes. */

/** `integers` and `floats`: lists of as many a row. Every cell may be empty but integers called `row` and `target`. */
export type ColumnKind = "integer" | "double" | "float" | "boolean" | "text" | "integers" | "floats";

export interface Column {
  readonly name: string;
  readonly kind: ColumnKind;
}

/** Null: empty. */
export type Cell = number | boolean | string | readonly number[] | null;

export interface TableShape<Batch> {
  readonly columns: readonly Column[];
  /** The cells of a batch's row, one a column. */
  cells(batch: Batch, index: number): readonly Cell[];
}

/** Every table begins so: the row of the logits, the token that came, its text where that is known. */
export function firstColumns(hasTexts: boolean): Column[] {
  const columns: Column[] = [
    { name: "row", kind: "integer" },
    { name: "target", kind: "integer" },
  ];
  return hasTexts ? [...columns, { name: "token", kind: "text" }] : columns;
}

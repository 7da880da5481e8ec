/** The columns and cells of a table of tokens, in any file format. */

/** `integers` and `floats` are lists, of one length in all rows. Any cell but those of `row` and `target` may be empty. */
export type ColumnKind = "integer" | "double" | "float" | "boolean" | "text" | "integers" | "floats";

export interface Column {
  readonly name: string;
  readonly kind: ColumnKind;
}

/** Null is an empty cell. */
export type Cell = number | boolean | string | readonly number[] | null;

export interface TableShape<Batch> {
  readonly columns: readonly Column[];
  /** Returns the cells of one row of a batch, one per column. */
  cells(batch: Batch, index: number): readonly Cell[];
}

/** The first columns of every table: the row of the logits, the target and, with a passage, the target's text. */
export function firstColumns(hasTexts: boolean): Column[] {
  const columns: Column[] = [
    { name: "row", kind: "integer" },
    { name: "target", kind: "integer" },
  ];
  return hasTexts ? [...columns, { name: "token", kind: "text" }] : columns;
}

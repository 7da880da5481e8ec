/** The texts of a report other than its figures. */
export interface ReportMeta {
  /** Heading of the page. */
  readonly title: string;
  /** Files, options and version, in the order of the page. Equal runs give equal facts. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** Present only if the run was interrupted: rows done, and rows in all. */
  readonly partial?: { readonly done: number; readonly of: number } | undefined;
  /** Returns the text of a token id, or undefined when it is unknown. */
  readonly tokenText?: ((id: number) => string | undefined) | undefined;
}

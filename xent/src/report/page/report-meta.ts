/** What a report says beside its figures. */
export interface ReportMeta {
  /** Heading of the page. */
  readonly title: string;
  /** What was scored and how, in the order of the page: files, options, version. Nothing that differs between two equal runs. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** Of a run that was interrupted: rows done, of how many. */
  readonly partial?: { readonly done: number; readonly of: number } | undefined;
  /** Text of an id of the vocabulary, where it is known. */
  readonly tokenText?: ((id: number) => string | undefined) | undefined;
}

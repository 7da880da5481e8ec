import { InputError } from "../../files/input-error.js";

/** The format of a table of tokens. */
export type TableFormat = "jsonl" | "csv" | "parquet";

const FORMATS: readonly TableFormat[] = ["jsonl", "csv", "parquet"];

/**
 * Chooses the format by the file's ending.
 * @throws InputError for any other ending
 */
export function tableFormat(path: string): TableFormat {
  const format = FORMATS.find((ending) => path.toLowerCase().endsWith(`.${ending}`));
  if (format !== undefined) return format;
  throw new InputError(`--tokens: expected a file that ends in .jsonl, .csv or .parquet, got ${JSON.stringify(path)}`);
}

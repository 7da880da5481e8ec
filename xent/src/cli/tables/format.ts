import { InputError } from "../../files/input-error.js";

/** How a table of tokens is written. */
export type TableFormat = "jsonl" | "csv" | "parquet";

const FORMATS: readonly TableFormat[] = ["jsonl", "csv", "parquet"];

/** @throws InputError for a file that ends in none of them */
export function tableFormat(path: string): TableFormat {
  const format = FORMATS.find((ending) => path.toLowerCase().endsWith(`.${ending}`));
  if (format !== undefined) return format;
  throw new InputError(`--tokens: expected a file that ends in .jsonl, .csv or .parquet, got ${JSON.stringify(path)}`);
}

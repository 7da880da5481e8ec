import { IGNORED } from "./stream/target-rows.js";

/** The data of a page, as far as it is compared with the run that it is of. */
interface PageData {
  read(): { readonly rows: number; readonly tokens: number; readonly nanTokens: number };
  snapshot(): unknown;
}

/**
 * Checks the restored data of a page.
 * @param snapshot what it was restored from
 * @param rows the rows of the interrupted run
 * @param totals of these rows
 * @throws RangeError for data that no such run can have collected
 */
export function checkedReport<Data extends PageData>(
  data: Data,
  snapshot: { readonly ignoreIndex: number },
  rows: number,
  totals: { readonly tokens: number; readonly nanTokens: number },
): Data {
  const read = data.read();
  if (read.rows !== rows || read.tokens !== totals.tokens || read.nanTokens !== totals.nanTokens) {
    throw new RangeError(`report: expected ${rows} rows, ${totals.tokens} of them scored, ${totals.nanTokens} with NaN`);
  }
  if (snapshot.ignoreIndex !== IGNORED) throw new RangeError(`report: expected the ignore index ${IGNORED}`);
  if (JSON.stringify(data.snapshot()) !== JSON.stringify(snapshot)) {
    throw new RangeError("report: holds something that no report collects");
  }
  return data;
}

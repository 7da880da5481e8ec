/**
 * Checks restored totals against the rows of their run.
 * @param first the first row with NaN, null if there is none
 * @returns it, or undefined
 * @throws RangeError for totals that no run over so many rows can have made
 */
export function checkedFirst(
  { tokens, nanTokens }: { readonly tokens: number; readonly nanTokens: number },
  first: number | null,
  rows: number,
): number | undefined {
  if (tokens > rows) {
    throw new RangeError(`sums: expected at most ${rows} tokens, one per row, got ${tokens}`);
  }
  const isRow = Number.isSafeInteger(first) && Number(first) >= 0 && Number(first) < rows;
  if (nanTokens > 0 ? !isRow : first !== null) {
    throw new RangeError(`firstNanRow: expected ${nanTokens > 0 ? `a row below ${rows}` : "null"}, got ${String(first)}`);
  }
  return first ?? undefined;
}

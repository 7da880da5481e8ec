/** @throws RangeError for totals of more tokens than a run had rows */
export function checkTokens(totals: { readonly tokens: number } | undefined, rows: number): void {
  if (totals !== undefined && totals.tokens > rows) {
    throw new RangeError(`sums: expected at most ${rows} tokens, one per row, got ${totals.tokens}`);
  }
}

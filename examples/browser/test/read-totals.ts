/** Runs in the page: returns its unrounded totals by name. */
export function readTotals(): Record<string, number> {
  const cells = Array.from(document.querySelectorAll("#totals > div"));
  return Object.fromEntries(
    cells.map((cell) => [cell.querySelector("dt")?.textContent ?? "", Number(cell.querySelector("data")?.value)]),
  );
}

/** The values that the page must show for these totals. */
export interface KnownTotals {
  readonly tokens: number;
  readonly nats: number;
  readonly perplexity: number;
  readonly bitsPerToken: number;
  readonly bitsPerByte?: number;
  readonly accuracy: number;
}

/** Returns the totals of the page that differ from known ones by more than a millionth. */
export function differences(shown: Readonly<Record<string, number>>, known: KnownTotals): string[] {
  const expected: Record<string, number> = {
    Loss: known.nats / known.tokens,
    Perplexity: known.perplexity,
    "Bits per token": known.bitsPerToken,
    ...(known.bitsPerByte !== undefined && { "Bits per byte": known.bitsPerByte }),
    Accuracy: known.accuracy,
    Tokens: known.tokens,
  };
  const names = Object.keys(expected);
  if (Object.keys(shown).join() !== names.join()) return [`expected the totals ${names}, got ${Object.keys(shown)}`];
  return names
    .filter((name) => !(Math.abs(shown[name] - expected[name]) <= 1e-6 * Math.max(1, Math.abs(expected[name]))))
    .map((name) => `${name}: expected ${expected[name]}, got ${shown[name]}`);
}

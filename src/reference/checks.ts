/** The reference checks only what would otherwise give a plausible wrong number. */

export function checkRange(name: string, value: number, low: number, high: number): void {
  if (value >= low && value <= high) return;
  const range = high === Number.POSITIVE_INFINITY ? `a number >= ${low}` : `a number in [${low}, ${high}]`;
  throw new RangeError(`${name}: expected ${range}, got ${value}`);
}

export function checkLength(name: string, length: number, expected: number): void {
  if (length !== expected) throw new RangeError(`${name}: expected ${expected} elements, got ${length}`);
}

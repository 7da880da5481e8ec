/** @returns the number of decimals that shows `value` with about `digits` significant digits; 0 if its whole part has as many */
export function decimalsFor(value: number, digits: number): number {
  const magnitude = Math.abs(value);
  if (!Number.isFinite(magnitude) || magnitude === 0) return digits - 1;
  const whole = Math.floor(Math.log10(magnitude)) + 1;
  return Math.max(0, Math.min(20, digits - whole));
}

/** @returns `value` in plain digits, or in scientific notation if these would be many; "NaN" and "Infinity" unchanged */
export function formatNumber(value: number, digits: number): string {
  const magnitude = Math.abs(value);
  if (!Number.isFinite(value)) return String(value);
  if (magnitude >= 1e15 || (magnitude < 1e-4 && magnitude > 0)) return value.toExponential(digits - 1);
  return value.toFixed(decimalsFor(value, digits));
}

/** @returns value ± error, both with the decimals of the value */
export function formatWithError(value: number, error: number, digits: number): string {
  const text = formatNumber(value, digits);
  if (!Number.isFinite(value) || text.includes("e")) return `${text} ± ${formatNumber(error, 3)}`;
  return `${text} ± ${Number.isFinite(error) ? error.toFixed(decimalsFor(value, digits)) : String(error)}`;
}

/** @returns a share in per cent, with its error */
export function formatShare(share: number, error: number): string {
  return `${(share * 100).toFixed(2)} % ± ${(error * 100).toFixed(2)} %`;
}

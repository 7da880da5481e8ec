/** Formats numbers with only their meaningful digits. */
export { formatNumber } from "../../../../xent/build/report/numbers.js";

/** Formats the bits of a token. */
export function bitsText(bits: number): string {
  return Number.isFinite(bits) ? `${bits.toFixed(2)} bits` : String(bits);
}

/** Formats a probability in per cent; values below 1 % get two significant digits. */
export function shareText(probability: number): string {
  const percent = probability * 100;
  if (Number.isNaN(percent)) return "NaN";
  if (percent >= 1) return `${percent.toFixed(1)} %`;
  if (percent >= 0.001) return `${Number(percent.toPrecision(2))} %`;
  return percent === 0 ? "0 %" : `${percent.toExponential(1)} %`;
}

/** Formats a whole number with separators: 151,936. */
export function countText(count: number): string {
  return count.toLocaleString("en");
}

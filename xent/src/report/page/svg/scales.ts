/** Axes with round ticks and labels, made with d3-scale. */
import { scaleLinear, scaleLog } from "d3-scale";

/** The title and the range of an axis. */
export interface Axis {
  /** Includes the unit. */
  readonly title: string;
  readonly from: number;
  readonly to: number;
  /** "log" requires `from` above 0. Default "linear". */
  readonly kind?: "linear" | "log";
  /** Unit of the tick labels. Default "number". */
  readonly unit?: "number" | "percent";
  /** Whether the range is extended to round numbers. */
  readonly isRounded?: boolean;
}

export interface Tick {
  readonly at: number;
  readonly label: string;
}

/** Maps values to pixels, and lists the ticks. */
export interface Scale {
  readonly place: (value: number) => number;
  readonly ticks: readonly Tick[];
}

/** @param count approximate number of ticks */
export function scaleOf(axis: Axis, start: number, end: number, count: number): Scale {
  // an empty range cannot be mapped
  const domain = axis.from === axis.to ? [axis.from, axis.from + 1] : [axis.from, axis.to];
  const scale = axis.kind === "log" ? scaleLog(domain, [start, end]).clamp(true) : scaleLinear(domain, [start, end]);
  if (axis.isRounded) scale.nice(count);
  const specifier = axis.unit === "percent" ? "~%" : numberFormat(axis, scale.domain());
  const values = axis.kind === "log" ? decades(scale.domain(), count) : scale.ticks(count);
  // d3-format may show one digit too few when rounding moves a step: then ask for labels of ten times as many ticks
  const labels = [count, 10 * count, 100 * count]
    .map((fineness) => labelsOf(values, scale.tickFormat(fineness, specifier), axis))
    .find((all) => new Set(all).size === all.length);
  const shown = labels ?? values.map(String);
  return { place: (value) => scale(value), ticks: values.map((value, i) => ({ at: scale(value), label: shown[i] as string })) };
}

/** Formats the labels; 0 is "0" instead of "0M" or "0e+0". */
function labelsOf(values: readonly number[], format: (value: number) => string, { unit }: Axis): string[] {
  return values.map((value) => (value === 0 && unit !== "percent" ? "0" : format(value)));
}

/** Returns d3-format's specifier: plain digits below 10,000, then k, M and G; powers of ten for very small or large values. */
function numberFormat({ kind }: Axis, domain: readonly number[]): string {
  if (kind === "log") return "~g";
  const magnitude = Math.max(...domain.map(Math.abs));
  if (magnitude < 1e-3 || magnitude >= 1e12) return "~e";
  return magnitude < 10_000 ? ",~f" : "~s";
}

/** Powers of ten, in steps that give at most `count` of them. */
function decades(domain: readonly number[], count: number): number[] {
  const [from = 1, to = 1] = domain;
  // 1e-9: an end that rounding moved off a power of ten still counts as that power
  const [first, last] = [Math.ceil(Math.log10(from) - 1e-9), Math.floor(Math.log10(to) + 1e-9)];
  const step = Math.max(1, Math.ceil((last - first + 1) / count));
  const values: number[] = [];
  for (let exponent = first; exponent <= last; exponent += step) values.push(Number(`1e${exponent}`));
  return values;
}

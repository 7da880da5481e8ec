/** Round ticks and their labels are d3-scale's. */
import { scaleLinear, scaleLog } from "d3-scale";

/** An axis: what it means, and how far it reaches. */
export interface Axis {
  /** With the unit. */
  readonly title: string;
  readonly from: number;
  readonly to: number;
  /** "log": from is above 0. Default "linear". */
  readonly kind?: "linear" | "log";
  /** How ticks are written. Default "number". */
  readonly unit?: "number" | "percent";
  /** Whether the ends move outward to round numbers. */
  readonly isRounded?: boolean;
}

export interface Tick {
  readonly at: number;
  readonly label: string;
}

/** Where values lie on the picture. */
export interface Scale {
  readonly place: (value: number) => number;
  readonly ticks: readonly Tick[];
}

/** @param count about how many ticks */
export function scaleOf(axis: Axis, start: number, end: number, count: number): Scale {
  // an axis without extent would have no place for its one value
  const domain = axis.from === axis.to ? [axis.from, axis.from + 1] : [axis.from, axis.to];
  const scale = axis.kind === "log" ? scaleLog(domain, [start, end]).clamp(true) : scaleLinear(domain, [start, end]);
  if (axis.isRounded) scale.nice(count);
  const specifier = axis.unit === "percent" ? "~%" : numberFormat(axis, scale.domain());
  const values = axis.kind === "log" ? decades(scale.domain(), count) : scale.ticks(count);
  // d3-format may count one digit too few where a step is not quite what it should be: then as for ten times as many ticks
  const labels = [count, 10 * count, 100 * count]
    .map((fineness) => labelsOf(values, scale.tickFormat(fineness, specifier), axis))
    .find((all) => new Set(all).size === all.length);
  const shown = labels ?? values.map(String);
  return { place: (value) => scale(value), ticks: values.map((value, i) => ({ at: scale(value), label: shown[i] as string })) };
}

/** 0 is not 0M or 0e+0. */
function labelsOf(values: readonly number[], format: (value: number) => string, { unit }: Axis): string[] {
  return values.map((value) => (value === 0 && unit !== "percent" ? "0" : format(value)));
}

/** In d3-format's language: plain digits where they are few, then k, M and G, then powers of ten. */
function numberFormat({ kind }: Axis, domain: readonly number[]): string {
  if (kind === "log") return "~g";
  const magnitude = Math.max(...domain.map(Math.abs));
  if (magnitude < 1e-3 || magnitude >= 1e12) return "~e";
  return magnitude < 10_000 ? ",~f" : "~s";
}

/** Powers of ten, every so many that there are not more than `count`. */
function decades(domain: readonly number[], count: number): number[] {
  const [from = 1, to = 1] = domain;
  // the nearest power of ten, where rounding left an end beside it
  const [first, last] = [Math.ceil(Math.log10(from) - 1e-9), Math.floor(Math.log10(to) + 1e-9)];
  const step = Math.max(1, Math.ceil((last - first + 1) / count));
  const values: number[] = [];
  for (let exponent = first; exponent <= last; exponent += step) values.push(Number(`1e${exponent}`));
  return values;
}

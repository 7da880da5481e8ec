/** Marks of a chart as paths: one element for any number of values, with coordinates in tenths of a pixel. */
import { html, type Markup } from "../markup.js";

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A vertical range. */
export interface Range {
  readonly x: number;
  readonly from: number;
  readonly to: number;
}

/** @returns a line through the points, broken at non-finite ones */
export function line(points: readonly Point[], className: string): Markup {
  return path(runsOf(points).map(through).join(""), className);
}

/** @returns the area between `from` and `to`, broken like a line */
export function band(ranges: readonly Range[], className: string): Markup {
  const areas = runsOf(ranges.map(({ x, from, to }) => ({ x, y: from, back: { x, y: to } })));
  const closed = areas.map((run) => `${through(run)}L${through(run.map(({ back }) => back).reverse()).slice(1)}Z`);
  return path(closed.filter((area) => !area.includes("NaN")).join(""), className);
}

/** @returns one vertical stroke per range */
export function strokes(ranges: readonly Range[], className: string): Markup {
  return path(ranges.map(({ x, from, to }) => `M${tenths(x)} ${tenths(from)}V${tenths(to)}`).join(""), className);
}

/** @returns one dot per point: a stroke of length 0, whose round ends come from the style */
export function dots(points: readonly Point[], className: string): Markup {
  return path(points.map(({ x, y }) => `M${tenths(x)} ${tenths(y)}h0`).join(""), className);
}

/** A bar from the base line up to its value. */
export interface Bar {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly base: number;
}

/** @returns the bars, with a pixel between neighbours if they are wide enough */
export function bars(all: readonly Bar[], className: string): Markup {
  const shapes = all.map(({ left, right, top, base }) => {
    const gap = right - left > 3 ? 1 : 0;
    return `M${tenths(left)} ${tenths(base)}V${tenths(top)}H${tenths(right - gap)}V${tenths(base)}Z`;
  });
  return path(shapes.join(""), className);
}

function path(description: string, className: string): Markup {
  return html`<path class="${className}" d="${description}"/>`;
}

function through(points: readonly Point[]): string {
  // a run of one point is a dot
  if (points.length === 1) return points.map(({ x, y }) => `M${tenths(x)} ${tenths(y)}h0`).join("");
  return points.map(({ x, y }, index) => `${index === 0 ? "M" : "L"}${tenths(x)} ${tenths(y)}`).join("");
}

/** Splits the points into runs of finite ones. */
function runsOf<P extends Point>(points: readonly P[]): P[][] {
  const runs: P[][] = [[]];
  for (const point of points) {
    if (Number.isFinite(point.x) && Number.isFinite(point.y)) runs.at(-1)?.push(point);
    else if (runs.at(-1)?.length !== 0) runs.push([]);
  }
  return runs.filter((run) => run.length > 0);
}

/** @returns `value` rounded to a tenth of a pixel, which is invisible */
export function tenths(value: number): string {
  return String(Number(value.toFixed(1)));
}

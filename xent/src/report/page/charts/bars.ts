/** Histograms as bars, and as tables. */
import { formatNumber } from "../../numbers.js";
import type { Bin } from "../collect/histogram.js";
import { html, type Markup } from "../markup.js";
import type { Places } from "../svg/chart.js";
import { bars } from "../svg/marks.js";
import type { Axis } from "../svg/scales.js";
import { tableOf } from "../tables.js";
import { grouped } from "./text-axis.js";

/** @param tokens number of tokens that makes a share of 1 */
export function shareAxis(bins: readonly Bin[], tokens: number): Axis {
  const greatest = Math.max(0, ...bins.map(({ count }) => count)) / Math.max(1, tokens);
  return { title: "share of tokens", from: 0, to: greatest, unit: "percent", isRounded: true };
}

export function barMarks(bins: readonly Bin[], tokens: number, { x, y }: Places): Markup {
  const filled = bins.filter(({ count }) => count > 0);
  return bars(
    filled.map(({ from, to, count }) => ({ left: x(from), right: x(to), top: y(count / tokens), base: y(0) })),
    "bars",
  );
}

/** @param unit unit of the bins' edges */
export function binTable(unit: string, bins: readonly Bin[], tokens: number, edge: (value: number) => string): Markup {
  const filled = bins.filter(({ count }) => count > 0);
  return tableOf(
    [`from, ${unit}`, `below, ${unit}`, "tokens", "share"],
    filled.map(({ from, to, count }) => [
      edge(from),
      edge(to),
      grouped(count),
      html`${formatNumber((100 * count) / tokens, 3)} %`,
    ]),
  );
}

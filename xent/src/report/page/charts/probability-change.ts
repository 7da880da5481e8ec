import { formatNumber } from "../../numbers.js";
import type { Bin } from "../collect/histogram.js";
import type { CompareReportContents } from "../compare-report-data.js";
import type { Chart } from "../svg/chart.js";
import { barMarks, binTable, shareAxis } from "./bars.js";
import { counted } from "./text-axis.js";

/** Most bars. */
const BARS = 48;

/** Share of tokens, those with the greatest changes, that may be left out. */
const TAIL = 0.002;

/** Histogram of the other model's probability of the target minus the base's. */
export function changesChart({ changes }: CompareReportContents): Chart {
  const tokens = changes.reduce((sum, { count }) => sum + count, 0);
  const shown = joined(inner(changes, tokens));
  const drawn = shown.reduce((sum, { count }) => sum + count, 0);
  const reach = Math.max(...shown.flatMap(({ from, to }) => [-from, to]), 0);
  return {
    id: "changes",
    title: "Change of the target's probability",
    description: `Share of tokens by the other model's probability of the target minus the base's, within ± ${formatNumber(reach, 2)}.`,
    caption:
      "The other model's probability of the target minus the base's: to the right of 0 the other model is better." +
      (drawn < tokens
        ? ` ${counted(tokens - drawn, "token")} with larger changes ${tokens - drawn === 1 ? "is" : "are"} not drawn.`
        : ""),
    x: { title: "change of probability", from: -reach, to: reach },
    y: shareAxis(shown, tokens),
    marks: (places) => [barMarks(shown, tokens, places)],
    table: binTable("probability", shown, tokens, (value) => formatNumber(value, 3)),
  };
}

/** Drops the bins farthest from 0, as long as they hold at most TAIL of the tokens. */
function inner(bins: readonly Bin[], tokens: number): Bin[] {
  const byDistance = [...bins].sort((a, b) => farthest(b) - farthest(a));
  let left = Math.floor(TAIL * tokens);
  const dropped = new Set<Bin>();
  for (const bin of byDistance) {
    if (bin.count > left) break;
    left -= bin.count;
    dropped.add(bin);
  }
  return bins.filter((bin) => !dropped.has(bin));
}

function farthest({ from, to }: Bin): number {
  return Math.max(-from, to);
}

/** Joins neighbours in pairs until at most BARS bars span the range. Edges of joined bins are edges of the old bins. */
function joined(bins: readonly Bin[]): Bin[] {
  const first = bins[0];
  if (first === undefined) return [];
  let width = first.to - first.from;
  const reach = Math.max(...bins.map(farthest));
  while ((2 * reach) / width > BARS) width *= 2;
  const counts = new Map<number, number>();
  for (const { from, count } of bins) {
    const bin = Math.floor(from / width);
    counts.set(bin, (counts.get(bin) ?? 0) + count);
  }
  return Array.from(counts, ([bin, count]) => ({ from: bin * width, to: (bin + 1) * width, count }));
}

import { formatNumber } from "../../numbers.js";
import type { CompareReportContents } from "../compare-report-data.js";
import type { Chart } from "../svg/chart.js";
import { dots, line, strokes } from "../svg/marks.js";
import { barMarks, binTable, shareAxis } from "./bars.js";
import { groupRows, groupsOf } from "./bucket-groups.js";
import { counted, textAxis } from "./text-axis.js";

/** Smaller divergences are drawn at this value, because a logarithmic axis has no 0. */
const LEAST = 1e-10;

/** KL(base, other) along the text. */
export function divergenceChart({ rows, width, buckets }: CompareReportContents): Chart {
  const filled = buckets.filter(({ tokens }) => tokens > 0);
  const groups = groupsOf(buckets);
  const greatest = Math.max(LEAST, ...filled.map((bucket) => bucket.greatest));
  const least = Math.max(LEAST, Math.min(greatest, ...filled.map((bucket) => bucket.least)));
  const single = width === 1;
  const broken = buckets.filter((bucket) => bucket.broken > 0);
  return {
    id: "divergence",
    title: "KL divergence along the text",
    description: `Divergence of each token by its position in the text, at most ${formatNumber(greatest, 3)} nats.`,
    caption:
      `On a logarithmic axis. ${single ? "Each dot is a token" : `Each vertical stroke spans the least to the greatest of ${counted(width, "token")}`}; ` +
      `the line is the mean of every ${counted(groupRows(buckets, width), "token")}.${broken.length > 0 ? " Red marks at the top are NaN or infinite rows." : ""}`,
    x: textAxis(rows),
    y: {
      title: "KL divergence, nats",
      from: least,
      to: greatest === least ? 10 * least : greatest,
      kind: "log",
      isRounded: true,
    },
    marks: ({ x, y }) => [
      single
        ? dots(
            filled.map(({ firstRow, greatest: kl }) => ({ x: x(firstRow + 0.5), y: y(Math.max(LEAST, kl)) })),
            "dots",
          )
        : strokes(
            filled.map(({ firstRow, endRow, least: low, greatest: high }) => ({
              x: x((firstRow + endRow) / 2),
              from: y(Math.max(LEAST, low)),
              to: y(Math.max(LEAST, high)),
            })),
            "strokes",
          ),
      line(
        groups.map(({ middle, tokens, sums }) => ({ x: x(middle), y: y(Math.max(LEAST, sums.kl / tokens)) })),
        "line first",
      ),
      strokes(
        broken.map(({ firstRow, endRow }) => ({ x: x((firstRow + endRow) / 2), from: 24, to: 30 })),
        "strokes warning",
      ),
    ],
  };
}

/** Histogram of the divergences. */
export function divergencesChart({ tokens, divergences }: CompareReportContents): Chart {
  const bins = divergences.bins();
  const first = bins.findIndex(({ count }) => count > 0);
  const last = bins.findLastIndex(({ count }) => count > 0);
  const shown = first < 0 ? bins : bins.slice(first, last + 1);
  const outside = divergences.below + divergences.above;
  return {
    id: "divergences",
    title: "Distribution of the divergences",
    description: `Share of tokens by their KL divergence, from ${shown[0]?.from} to ${shown.at(-1)?.to} nats.`,
    caption:
      "Four bars per decade." +
      (outside > 0
        ? ` Not drawn: ${counted(divergences.below, "token")} below ${bins[0]?.from} nats, ${counted(divergences.above, "token")} at or above ${bins.at(-1)?.to} nats.`
        : ""),
    x: { title: "KL divergence, nats", from: shown[0]?.from ?? LEAST, to: shown.at(-1)?.to ?? 1, kind: "log" },
    y: shareAxis(shown, tokens),
    marks: (places) => [barMarks(shown, tokens, places)],
    table: binTable("nats", shown, tokens, String),
  };
}

import { formatNumber } from "../../numbers.js";
import type { ScoreReportContents } from "../score-report-data.js";
import type { Chart } from "../svg/chart.js";
import { dots, line, strokes } from "../svg/marks.js";
import { groupRows, groupsOf } from "./bucket-groups.js";
import { counted, textAxis } from "./text-axis.js";

/** Surprisal and entropy along the text. */
export function surprisalChart({ rows, width, buckets }: ScoreReportContents): Chart {
  const filled = buckets.filter(({ tokens }) => tokens > 0);
  const groups = groupsOf(buckets);
  const greatest = Math.max(1, ...filled.map((bucket) => bucket.greatest));
  const broken = buckets.filter((bucket) => bucket.broken > 0);
  const single = width === 1;
  return {
    id: "surprisal",
    title: "Surprisal along the text",
    description: `Bits of each token by its position in the text, at most ${formatNumber(greatest, 3)} bits.`,
    caption:
      `One bit halves the probability. ${single ? "Each dot is a token" : `Each vertical stroke spans the least to the greatest of ${counted(width, "token")}`}; ` +
      `the line is the mean of every ${counted(groupRows(buckets, width), "token")}, the dashed line the mean entropy, which is the ` +
      `surprisal that the model expected.${broken.length > 0 ? " Red marks at the top are NaN or infinite losses." : ""}`,
    x: textAxis(rows),
    y: { title: "bits per token", from: 0, to: greatest, isRounded: true },
    marks: ({ x, y }) => [
      single
        ? dots(
            filled.map(({ firstRow, greatest: bits }) => ({ x: x(firstRow + 0.5), y: y(bits) })),
            "dots",
          )
        : strokes(
            filled.map(({ firstRow, endRow, least, greatest: most }) => ({
              x: x((firstRow + endRow) / 2),
              from: y(least),
              to: y(most),
            })),
            "strokes",
          ),
      line(
        groups.map(({ middle, tokens, sums }) => ({ x: x(middle), y: y(sums.entropyBits / tokens) })),
        "line second dashed",
      ),
      line(
        groups.map(({ middle, tokens, sums }) => ({ x: x(middle), y: y(sums.bits / tokens) })),
        "line first",
      ),
      strokes(
        broken.map(({ firstRow, endRow }) => ({ x: x((firstRow + endRow) / 2), from: 24, to: 30 })),
        "strokes warning",
      ),
    ],
    legend: [
      single ? { label: "one token", mark: "dots" } : { label: "least to greatest", mark: "strokes" },
      { label: "mean", mark: "line first" },
      { label: "expected (entropy)", mark: "line second dashed" },
    ],
  };
}

import { formatNumber } from "../../numbers.js";
import type { CompareReportContents } from "../compare-report-data.js";
import type { Chart } from "../svg/chart.js";
import { line } from "../svg/marks.js";
import { groupRows, groupsOf } from "./bucket-groups.js";
import { counted, textAxis } from "./text-axis.js";

/** Share of tokens for which both models rank the same class first, along the text. */
export function agreementChart({ rows, width, buckets }: CompareReportContents): Chart {
  const groups = groupsOf(buckets).map(({ middle, tokens, sums }) => ({ middle, share: sums.sameTop / tokens }));
  const least = Math.min(1, ...groups.map(({ share }) => share));
  return {
    id: "agreement",
    title: "Same top token along the text",
    description: `Share of tokens for which both models rank the same class first; ${formatNumber(100 * least, 3)} % at its lowest.`,
    caption: `Share of tokens for which both models rank the same class first, over every ${counted(groupRows(buckets, width), "token")}.`,
    x: textAxis(rows),
    // starts at 50 % when that shows the differences better
    y: { title: "same top token", from: least > 0.6 ? 0.5 : 0, to: 1, unit: "percent" },
    marks: ({ x, y }) => [
      line(
        groups.map(({ middle, share }) => ({ x: x(middle), y: y(share) })),
        "line first",
      ),
    ],
  };
}

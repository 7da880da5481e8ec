import { formatNumber } from "../../numbers.js";
import type { CompareReportContents } from "../compare-report-data.js";
import type { Chart } from "../svg/chart.js";
import { line } from "../svg/marks.js";
import { groupRows, groupsOf } from "./bucket-groups.js";
import { counted, textAxis } from "./text-axis.js";

/** How often both models have the same class first, by place in the text. */
export function agreementChart({ rows, width, buckets }: CompareReportContents): Chart {
  const groups = groupsOf(buckets).map(({ middle, tokens, sums }) => ({ middle, share: sums.sameTop / tokens }));
  const least = Math.min(1, ...groups.map(({ share }) => share));
  return {
    id: "agreement",
    title: "Same top token along the text",
    description: `Share of tokens whose likeliest class is the same under both models; ${formatNumber(100 * least, 3)} % where it is least.`,
    caption: `How often both models hold the same class for the likeliest, of every ${counted(groupRows(buckets, width), "token")}.`,
    x: textAxis(rows),
    // not from 0 where that would hide the differences
    y: { title: "same top token", from: least > 0.6 ? 0.5 : 0, to: 1, unit: "percent" },
    marks: ({ x, y }) => [
      line(
        groups.map(({ middle, share }) => ({ x: x(middle), y: y(share) })),
        "line first",
      ),
    ],
  };
}

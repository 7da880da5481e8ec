import { formatNumber } from "../../numbers.js";
import type { ScoreReportContents } from "../score-report-data.js";
import type { Chart } from "../svg/chart.js";
import { barMarks, binTable, shareAxis } from "./bars.js";
import { counted } from "./text-axis.js";

/** Histogram of the losses. */
export function lossesChart({ tokens, losses }: ScoreReportContents): Chart {
  const bins = losses.bins();
  const last = bins.findLastIndex(({ count }) => count > 0);
  const shown = bins.slice(0, Math.max(4, last + 1));
  const cheap = bins.filter(({ to }) => to <= 1).reduce((sum, { count }) => sum + count, 0);
  const end = shown.at(-1)?.to ?? 0;
  return {
    id: "losses",
    title: "Distribution of the losses",
    description: `Share of tokens by their loss. ${share(cheap, tokens)} of the tokens cost less than one bit.`,
    caption:
      `Bars are half a bit wide. ${share(cheap, tokens)} of the tokens cost less than one bit: the model gave them a probability above one half.` +
      (losses.above > 0
        ? ` ${counted(losses.above, "token")} at or above ${end} bits ${losses.above === 1 ? "is" : "are"} not drawn.`
        : ""),
    x: { title: "bits per token", from: 0, to: end },
    y: shareAxis(shown, tokens),
    marks: (places) => [barMarks(shown, tokens, places)],
    table: binTable("bits", shown, tokens, (value) => String(value)),
  };
}

function share(count: number, tokens: number): string {
  return tokens === 0 ? "None" : `${formatNumber((100 * count) / tokens, 3)} %`;
}

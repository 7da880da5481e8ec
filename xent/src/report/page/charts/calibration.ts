import { formatNumber, formatShare } from "../../numbers.js";
import { calibrationError } from "../collect/calibration.js";
import type { ScoreReportContents } from "../score-report-data.js";
import type { Chart } from "../svg/chart.js";
import { dots, line, strokes } from "../svg/marks.js";
import { tableOf } from "../tables.js";
import { grouped } from "./text-axis.js";

/** Observed accuracy against the greatest probability; undefined when the greatest probabilities were not collected. */
export function calibrationChart({ calibration }: ScoreReportContents): Chart | undefined {
  const filled = calibration.filter(({ tokens }) => tokens > 0);
  if (filled.length === 0) return undefined;
  const error = formatNumber(100 * calibrationError(calibration), 3);
  const points = filled.map(({ tokens, expected, hits }) => {
    const observed = hits / tokens;
    return { expected: expected / tokens, observed, stderr: shareStderr(observed, tokens) };
  });
  return {
    id: "calibration",
    title: "Calibration",
    description: `Observed accuracy against expected accuracy in ${filled.length} ranges of confidence; expected calibration error ${error} %.`,
    caption:
      "Tokens are grouped by the greatest probability of any class. The x axis shows how often the model should be right, " +
      "the y axis how often it was, ± one standard error. Below the dashed line the model is overconfident, above it underconfident. " +
      `Expected calibration error: ${error} %.`,
    x: { title: "expected accuracy (mean greatest probability)", from: 0, to: 1, unit: "percent" },
    y: { title: "observed accuracy", from: 0, to: 1, unit: "percent" },
    marks: ({ x, y }) => [
      line(
        [
          { x: x(0), y: y(0) },
          { x: x(1), y: y(1) },
        ],
        "line muted dashed",
      ),
      strokes(
        points
          .filter(({ stderr }) => Number.isFinite(stderr))
          .map(({ expected, observed, stderr }) => ({ x: x(expected), from: y(observed - stderr), to: y(observed + stderr) })),
        "strokes error",
      ),
      dots(
        points.map(({ expected, observed }) => ({ x: x(expected), y: y(observed) })),
        "dots large",
      ),
    ],
    table: tableOf(
      ["greatest probability", "tokens", "expected accuracy", "observed accuracy"],
      filled.map(({ from, to, tokens, expected, hits }) => [
        `${100 * from} to ${100 * to} %`,
        grouped(tokens),
        `${((100 * expected) / tokens).toFixed(2)} %`,
        formatShare(hits / tokens, shareStderr(hits / tokens, tokens)),
      ]),
    ),
  };
}

/** Standard error of a share: sqrt(p (1 - p) / (n - 1)). */
function shareStderr(share: number, count: number): number {
  return Math.sqrt((share * (1 - share)) / (count - 1));
}

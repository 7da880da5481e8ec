import { formatNumber, formatWithError } from "../../numbers.js";
import type { CompareReportContents } from "../compare-report-data.js";
import type { ScoreReportContents } from "../score-report-data.js";
import type { Chart } from "../svg/chart.js";
import { band, line } from "../svg/marks.js";
import { type RunningMean, runningMeans } from "./bucket-groups.js";
import { textAxis } from "./text-axis.js";

/** e^mean over all tokens up to a row, and its standard error. */
interface RunningValue {
  readonly row: number;
  readonly tokens: number;
  readonly value: number;
  readonly stderr: number;
}

/** Perplexity over all tokens up to each position in the text. */
export function perplexityChart(contents: ScoreReportContents): Chart {
  const means = runningMeans(contents.buckets, "bits", "squaredBits");
  // bits to nats: 2^mean = e^(mean ln 2)
  const nats = means.map(({ mean, stderr, ...rest }) => ({ ...rest, mean: mean * Math.LN2, stderr: stderr * Math.LN2 }));
  return runningChart(contents.rows, nats, {
    id: "perplexity",
    title: "Perplexity so far",
    what: "perplexity",
    figure: "Perplexity",
  });
}

/** Perplexity of the other model divided by the base's, over all tokens up to each position in the text. */
export function ratioChart(contents: CompareReportContents): Chart {
  const means = runningMeans(contents.buckets, "difference", "squaredDifference");
  return runningChart(contents.rows, means, {
    id: "ratio",
    title: "Perplexity ratio so far",
    what: "perplexity ratio, other / base",
    figure: "Perplexity of the other model divided by the base's",
  });
}

interface RunningTexts {
  readonly id: string;
  readonly title: string;
  /** Title of the axis. */
  readonly what: string;
  /** Start of a sentence. */
  readonly figure: string;
}

/** Values over less than this share of the tokens do not stretch the axis. */
const SETTLED = 0.05;

function runningChart(rows: number, means: readonly RunningMean[], { id, title, what, figure }: RunningTexts): Chart {
  const values = means.map(({ endRow, tokens, mean, stderr }): RunningValue => {
    const value = Math.exp(mean);
    return { row: endRow, tokens, value, stderr: value * stderr };
  });
  const last = values.at(-1);
  const settled = values.filter(({ tokens }) => tokens >= SETTLED * (last?.tokens ?? 0) && tokens > 1);
  const end = last === undefined ? "no tokens" : formatWithError(last.value, last.stderr, 5);
  const [from, to] = extent(settled.flatMap(({ value, stderr }) => [value - stderr, value + stderr]));
  return {
    id,
    title,
    description: `${figure}, over all tokens up to each position in the text; at the end ${end}.`,
    caption:
      `${figure}, over all tokens up to each position, ± one standard error; at the end ${end}. ` +
      `The first ${formatNumber(100 * SETTLED, 1)} % of the tokens may lie outside the chart.`,
    x: textAxis(rows),
    y: { title: what, from, to, isRounded: true },
    marks: ({ x, y }) => [
      band(
        values.map(({ row, value, stderr }) => ({ x: x(row), from: y(value - stderr), to: y(value + stderr) })),
        "band",
      ),
      line(
        values.map(({ row, value }) => ({ x: x(row), y: y(value) })),
        "line first",
      ),
    ],
  };
}

/** The least and the greatest finite value, widened if they are equal; [0, 1] without any. */
function extent(values: readonly number[]): readonly [from: number, to: number] {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return [0, 1];
  const [least, greatest] = [Math.min(...finite), Math.max(...finite)];
  return least < greatest ? [least, greatest] : [least - Math.abs(least) / 100, greatest + Math.abs(greatest) / 100];
}

import type { ComparisonTotals } from "wasm-cross-entropy";
import { formatNumber, formatShare, formatWithError } from "./numbers.js";
import { PERCENTAGES } from "./percentages.js";
import { documentLines, type PartialRun, rowsText, shiftLines } from "./score-table.js";
import { nameValueLines } from "./table.js";

/** The results of `xent compare`, with the property names of its JSON. */
export interface CompareReport extends Omit<ComparisonTotals, "nanTokens" | "sums"> {
  /** Rows compared, including ignored ones; fewer than the logits have if the run was interrupted. */
  rows: number;
  classes: number;
  /** Rows whose divergence is NaN. */
  nanRows: number;
  /** Rows whose divergence is Infinity, because the other model masks a class that the base does not. */
  infiniteRows: number;
  /** Wall time of reading and comparing. */
  seconds: number;
  /** Present only if the targets are shifted. */
  shift?: number;
  /** Present only if the run was interrupted. */
  partial?: PartialRun;
}

const DIGITS = 5;

type Line = readonly [name: string, value: string];

/** The distribution of a sample, from its maximum to its minimum. */
interface Sample {
  readonly most: number;
  readonly median: number;
  readonly least: number;
  readonly percentiles: CompareReport["klPercentiles"];
}

/** @returns the report as aligned lines of name and value, in groups */
export function compareTable(report: CompareReport): string[] {
  const value = (number: number) => formatNumber(number, DIGITS);
  const withError = (number: number, error: number) => formatWithError(number, error, DIGITS);
  const share = (number: number) => formatNumber(number * 100, 4);
  const groups: (readonly Line[])[] = [
    [
      ["rows", rowsText(report)],
      ["classes", String(report.classes)],
      ...shiftLines(report),
      ["base perplexity", withError(report.basePerplexity, report.basePerplexityStderr)],
      ["other perplexity", withError(report.otherPerplexity, report.otherPerplexityStderr)],
      ["perplexity ratio", withError(report.perplexityRatio, report.perplexityRatioStderr)],
      ["ln of the ratio", withError(report.logPerplexityRatio, report.logPerplexityRatioStderr)],
      ["perplexity difference", withError(report.perplexityDifference, report.perplexityDifferenceStderr)],
      ["correlation of losses", `${share(report.logProbCorrelation)} %`],
      ["same top token", formatShare(report.sameTop, report.sameTopStderr)],
    ],
    [
      ["mean KL divergence", `${withError(report.meanKl, report.meanKlStderr)} nats`],
      ...sampleLines(
        { most: report.maxKl, median: report.medianKl, least: report.minKl, percentiles: report.klPercentiles },
        value,
      ),
    ],
    [
      ["mean change of p", formatShare(report.meanProbabilityChange, report.meanProbabilityChangeStderr)],
      ["RMS change of p", formatShare(report.rmsProbabilityChange, report.rmsProbabilityChangeStderr)],
      ...sampleLines(
        {
          most: report.maxProbabilityChange,
          median: report.medianProbabilityChange,
          least: report.minProbabilityChange,
          percentiles: report.probabilityChangePercentiles,
        },
        (number) => `${share(number)} %`,
      ),
    ],
    [
      ...documentLines(report.documents, {
        "mean KL": report.meanKlClusteredStderr,
        "perplexity ratio": report.perplexityRatioClusteredStderr,
      }),
      ["wall time", `${formatNumber(report.seconds, 3)} s`],
    ],
  ];
  const lines = nameValueLines(groups.flat());
  // a blank line between groups; the values stay aligned across groups
  let at = 0;
  return groups.flatMap((group, index) => {
    const own = lines.slice(at, at + group.length);
    at += group.length;
    return index === 0 ? own : ["", ...own];
  });
}

function sampleLines({ most, median, least, percentiles }: Sample, show: (value: number) => string): Line[] {
  const lines = PERCENTAGES.map((percentage): Line => [`${percentage} %`, show(percentiles[percentage])]);
  const above = PERCENTAGES.findIndex((percentage) => Number(percentage) < 50);
  return [
    ["maximum", show(most)],
    ...lines.slice(0, above),
    ["median", show(median)],
    ...lines.slice(above),
    ["minimum", show(least)],
  ];
}

/** The page that compares two models. */
import type { ComparisonTotals, Percentiles } from "wasm-cross-entropy";
import { formatNumber, formatShare, formatWithError } from "../numbers.js";
import { PERCENTAGES } from "../percentages.js";
import { agreementChart } from "./charts/agreement.js";
import { divergenceChart, divergencesChart } from "./charts/divergence.js";
import { changesChart } from "./charts/probability-change.js";
import { ratioChart } from "./charts/running.js";
import { counted, grouped } from "./charts/text-axis.js";
import type { CompareReportContents, CompareReportData, DivergingFigure } from "./compare-report-data.js";
import { documentOf, type Headline } from "./document.js";
import { type HeatScale, heatMap } from "./heat-map.js";
import { html, type Markup, type Piece } from "./markup.js";
import type { ReportMeta } from "./report-meta.js";
import { figureOf } from "./svg/chart.js";
import { pairTable, tableOf } from "./tables.js";
import { type TokenColumn, tokenTable } from "./token-list.js";

type Totals = Omit<ComparisonTotals, "sums">;

const DIVERGENCE: HeatScale = {
  id: "text",
  title: "The text",
  explanation: "Each token is shaded by KL(base, other) in nats, one shade per decade.",
  below: [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1],
  labels: ["below 0.000001", "0.000001", "0.00001", "0.0001", "0.001", "0.01", "0.1", "1 or more"],
  written: (kl) => `${formatNumber(kl, 3)} nats`,
};

/**
 * @param data collected from all rows
 * @param totals totals of the same rows, as returned by `compareLogits` or `mergeComparisons`
 * @returns a self-contained HTML document; equal rows give equal text
 */
export function compareReportPage(data: CompareReportData, totals: Totals, meta: ReportMeta): string {
  const contents = data.read();
  const { rows, tokens, nanTokens, infiniteTokens } = contents;
  const notes: Piece[] = [
    nanTokens + infiniteTokens > 0 &&
      `${counted(nanTokens, "token")} with a NaN divergence, ${grouped(infiniteTokens)} with an infinite divergence or loss: ` +
        "the totals include them, the charts leave them out.",
    tokens === 0 && `There is nothing to show: none of the ${counted(rows, "row")} was compared.`,
  ];
  const body = [totalsTables(contents, totals), ...(tokens === 0 ? [] : sections(contents))];
  return documentOf(meta, headlines(totals), notes, body);
}

function headlines(totals: Totals): Headline[] {
  return [
    {
      name: "Mean KL divergence, nats",
      value: formatNumber(totals.meanKl, 4),
      note: `± ${formatNumber(totals.meanKlStderr, 2)}`,
    },
    {
      name: "Perplexity ratio",
      value: formatNumber(totals.perplexityRatio, 5),
      note: `± ${formatNumber(totals.perplexityRatioStderr, 2)}`,
    },
    {
      name: "RMS change of probability",
      value: `${formatNumber(100 * totals.rmsProbabilityChange, 3)} %`,
      note: `± ${formatNumber(100 * totals.rmsProbabilityChangeStderr, 2)} %`,
    },
    {
      name: "Same top token",
      value: `${(100 * totals.sameTop).toFixed(2)} %`,
      note: `± ${(100 * totals.sameTopStderr).toFixed(2)} %`,
    },
  ];
}

function totalsTables({ rows }: CompareReportContents, totals: Totals): Markup {
  const pairs: [string, string][] = [
    ["rows", `${grouped(rows)}${rows > totals.tokens ? ` (${grouped(rows - totals.tokens)} ignored)` : ""}`],
    ["perplexity, base", formatWithError(totals.basePerplexity, totals.basePerplexityStderr, 6)],
    ["perplexity, other", formatWithError(totals.otherPerplexity, totals.otherPerplexityStderr, 6)],
    ["perplexity ratio", formatWithError(totals.perplexityRatio, totals.perplexityRatioStderr, 6)],
    ["perplexity difference", formatWithError(totals.perplexityDifference, totals.perplexityDifferenceStderr, 4)],
    ["correlation of log-probabilities", formatNumber(totals.logProbCorrelation, 6)],
    ["mean KL divergence", `${formatWithError(totals.meanKl, totals.meanKlStderr, 4)} nats`],
    ["mean change of probability", shareWithError(totals.meanProbabilityChange, totals.meanProbabilityChangeStderr)],
    ["RMS change of probability", shareWithError(totals.rmsProbabilityChange, totals.rmsProbabilityChangeStderr)],
    ["same top token", formatShare(totals.sameTop, totals.sameTopStderr)],
  ];
  return html`${pairTable("Totals", pairs)}
<details><summary>Percentiles</summary>${percentileTable(totals)}</details>`;
}

/** Changes in per cent are small and need more digits than accuracies. */
function shareWithError(share: number, error: number): string {
  return `${formatWithError(100 * share, 100 * error, 4)} %`;
}

function percentileTable(totals: Totals): Markup {
  const { klPercentiles, probabilityChangePercentiles } = totals;
  const line = (name: string, kl: number, change: number): Piece[] => [
    name,
    formatNumber(kl, 4),
    `${formatNumber(100 * change, 4)} %`,
  ];
  const between = (wanted: (percentage: number) => boolean): Piece[][] =>
    PERCENTAGES.filter((percentage) => wanted(Number(percentage))).map((percentage: keyof Percentiles) =>
      line(`${percentage} %`, klPercentiles[percentage], probabilityChangePercentiles[percentage]),
    );
  return tableOf(
    ["percentile", "KL divergence, nats", "change of probability"],
    [
      line("greatest", totals.maxKl, totals.maxProbabilityChange),
      ...between((percentage) => percentage > 50),
      line("median", totals.medianKl, totals.medianProbabilityChange),
      ...between((percentage) => percentage < 50),
      line("least", totals.minKl, totals.minProbabilityChange),
    ],
  );
}

function sections(contents: CompareReportContents): Markup[] {
  return [
    figureOf(divergenceChart(contents)),
    ...(contents.text === undefined ? [] : [heatMap(contents.text, DIVERGENCE)]),
    figureOf(divergencesChart(contents)),
    figureOf(changesChart(contents)),
    figureOf(ratioChart(contents)),
    figureOf(agreementChart(contents)),
    divergingTokens(contents),
  ];
}

function divergingTokens({ diverging }: CompareReportContents): Markup {
  const kl: TokenColumn<DivergingFigure> = { heading: "KL, nats", cell: ({ value }) => formatNumber(value, 4) };
  const probability = (logProb: number): string => `${formatNumber(100 * Math.exp(logProb), 3)} %`;
  const columns: (typeof kl)[] = [
    { heading: "probability, base", cell: ({ figures }) => probability(figures.baseLogProb) },
    { heading: "other", cell: ({ figures }) => probability(figures.otherLogProb) },
    { heading: "same top", cell: ({ figures }) => (figures.sameTop === 1 ? "yes" : "no") },
  ];
  return html`
<section aria-labelledby="diverging">
<h2 id="diverging">Where the models differ most</h2>
<p class="explanation">The tokens with the greatest divergences, and each model's probability of the target.</p>
${tokenTable(diverging, kl, columns)}
</section>`;
}

/** The page of one model's score. */
import type { ScoreTotals } from "wasm-cross-entropy";
import { formatNumber, formatShare, formatWithError } from "../numbers.js";
import { SHADES } from "../shading.js";
import { calibrationChart } from "./charts/calibration.js";
import { lossesChart } from "./charts/losses.js";
import { perplexityChart } from "./charts/running.js";
import { surprisalChart } from "./charts/surprisal.js";
import { counted, grouped } from "./charts/text-axis.js";
import { documentOf, type Headline } from "./document.js";
import { type HeatScale, heatMap } from "./heat-map.js";
import { html, type Markup, type Piece } from "./markup.js";
import type { ReportMeta } from "./report-meta.js";
import type { ScoreReportContents, ScoreReportData } from "./score-report-data.js";
import { figureOf } from "./svg/chart.js";
import { pairTable } from "./tables.js";
import { shownToken, type TokenColumn, tokenTable } from "./token-list.js";

const UNKNOWN_TEXTS = " A class whose text is unknown is shown by its number (#).";

const SURPRISAL: HeatScale = {
  id: "text",
  title: "The text",
  explanation: "Each token is shaded by its surprisal in bits. ↵ is a line break that the model had to predict.",
  below: SHADES.slice(0, -1).map((shade) => shade.below),
  labels: SHADES.map(({ below }, index) => `${SHADES[index - 1]?.below ?? 0}${Number.isFinite(below) ? `–${below}` : "+"}`),
  written: (bits) => `${formatNumber(bits, 3)} bits`,
};

/**
 * @param data collected from all rows
 * @param totals totals of the same rows, as returned by `scoreTokens` or `mergeScores`
 * @returns a self-contained HTML document; equal rows give equal text
 */
export function scoreReportPage(data: ScoreReportData, totals: Omit<ScoreTotals, "sums">, meta: ReportMeta): string {
  const contents = data.read();
  const { rows, tokens, nanTokens, infiniteTokens } = contents;
  const broken = nanTokens + infiniteTokens;
  const notes: Piece[] = [
    broken > 0 &&
      `${counted(nanTokens, "token")} with a NaN loss, ${grouped(infiniteTokens)} with an infinite one: ` +
        "the totals include them, the charts of losses leave them out.",
    tokens === 0 && `There is nothing to show: none of the ${counted(rows, "row")} was scored.`,
  ];
  const body = tokens === 0 ? [totalsTable(contents, totals)] : [totalsTable(contents, totals), ...sections(contents, meta)];
  return documentOf(meta, headlines(totals), notes, body);
}

function headlines({
  perplexity,
  perplexityStderr,
  bitsPerToken,
  bitsPerByte,
  bytes,
  accuracy,
  accuracyStderr,
  tokens,
}: Omit<ScoreTotals, "sums">): Headline[] {
  return [
    { name: "Perplexity", value: formatNumber(perplexity, 5), note: `± ${formatNumber(perplexityStderr, 3)}` },
    { name: "Bits per token", value: formatNumber(bitsPerToken, 5), note: counted(tokens, "token") },
    ...(bitsPerByte === undefined || bytes === undefined
      ? []
      : [{ name: "Bits per byte", value: formatNumber(bitsPerByte, 5), note: counted(bytes, "byte") }]),
    { name: "Accuracy", value: `${(100 * accuracy).toFixed(2)} %`, note: `± ${(100 * accuracyStderr).toFixed(2)} %` },
  ];
}

function totalsTable({ rows, tokens, amongBest }: ScoreReportContents, totals: Omit<ScoreTotals, "sums">): Markup {
  return pairTable("Totals", [
    ["rows", `${grouped(rows)}${rows > totals.tokens ? ` (${grouped(rows - totals.tokens)} ignored)` : ""}`],
    ["total loss", `${formatNumber(totals.nats, 10)} nats`],
    ["mean loss", `${formatNumber(totals.nats / totals.tokens, 6)} nats`],
    ["perplexity", formatWithError(totals.perplexity, totals.perplexityStderr, 6)],
    ["bits per token", formatNumber(totals.bitsPerToken, 6)],
    ...(totals.bitsPerByte === undefined || totals.bytes === undefined
      ? []
      : [["bits per byte", `${formatNumber(totals.bitsPerByte, 6)} (${counted(totals.bytes, "byte")})`] as const]),
    ["accuracy", formatShare(totals.accuracy, totals.accuracyStderr)],
    ...amongBest.slice(1).map(({ rank, tokens: count }) => [`target among the best ${rank}`, percent(count, tokens)] as const),
  ]);
}

function percent(count: number, tokens: number): string {
  return tokens === 0 ? "NaN" : `${((100 * count) / tokens).toFixed(2)} %`;
}

function sections(contents: ScoreReportContents, meta: ReportMeta): Markup[] {
  const calibration = calibrationChart(contents);
  return [
    figureOf(surprisalChart(contents)),
    ...(contents.text === undefined ? [] : [heatMap(contents.text, SURPRISAL)]),
    figureOf(lossesChart(contents)),
    ...(calibration === undefined ? [] : [figureOf(calibration)]),
    figureOf(perplexityChart(contents)),
    surprisingTokens(contents, meta),
  ];
}

function surprisingTokens({ surprising }: ScoreReportContents, { tokenText }: ReportMeta): Markup {
  const bits: TokenColumn<"rank" | "topId" | "topLogProb"> = { heading: "bits", cell: ({ value }) => formatNumber(value, 4) };
  const rank: typeof bits = { heading: "rank", cell: ({ figures }) => grouped(figures.rank) };
  const guess: typeof bits = {
    heading: "expected instead",
    cell: ({ figures: { topId, topLogProb } }) =>
      html`${shownToken({ id: topId, text: tokenText?.(topId) ?? null })} ${(100 * Math.exp(topLogProb)).toFixed(1)} %`,
  };
  const hasGuess = surprising.some(({ figures }) => figures.topId >= 0);
  return html`
<section aria-labelledby="surprising">
<h2 id="surprising">The most surprising tokens</h2>
<p class="explanation">Rank 1 is the class with the greatest probability.${hasGuess && UNKNOWN_TEXTS}</p>
${tokenTable(surprising, bits, hasGuess ? [rank, guess] : [rank])}
</section>`;
}

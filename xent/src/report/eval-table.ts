import type { TextTotals } from "wasm-cross-entropy/text";
import { formatNumber, formatShare, formatWithError } from "./numbers.js";
import { nameValueLines } from "./table.js";

/** The results of `xent eval`, with the property names of its JSON. */
export interface EvalReport
  extends Omit<
    TextTotals,
    "sums" | "nanTokens" | "infiniteTokens" | "documents" | "perplexityClusteredStderr" | "bitsPerByteClusteredStderr"
  > {
  /** nats / tokens. */
  meanLoss: number;
  /** Wall time of running and scoring, without loading. */
  seconds: number;
}

/** @returns the report as aligned lines of name and value */
export function evalTable(report: EvalReport): string[] {
  const { tokens, words, bytes } = report;
  return nameValueLines([
    ["tokens", String(tokens)],
    ["mean loss", `${formatNumber(report.meanLoss, 6)} nats`],
    ["total nats", formatNumber(report.nats, 10)],
    ["perplexity", formatWithError(report.perplexity, report.perplexityStderr, 6)],
    ["bits per token", formatNumber(report.bitsPerToken, 6)],
    ["bits per byte", `${formatNumber(report.bitsPerByte, 6)} (${bytes} bytes)`],
    ["byte perplexity", formatNumber(report.bytePerplexity, 6)],
    ["word perplexity", `${formatNumber(report.wordPerplexity, 6)} (${words} words)`],
    ["accuracy", formatShare(report.accuracy, report.accuracyStderr)],
    ["wall time", `${formatNumber(report.seconds, 3)} s`],
  ]);
}

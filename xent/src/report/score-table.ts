import type { ScoreTotals } from "wasm-cross-entropy";
import { formatNumber, formatShare, formatWithError } from "./numbers.js";
import { nameValueLines } from "./table.js";

/** The results of `xent score`, with the property names of its JSON. */
export interface ScoreReport extends Omit<ScoreTotals, "nanTokens" | "infiniteTokens" | "sums"> {
  /** Rows scored, including ignored ones; fewer than the logits have if the run was interrupted. */
  rows: number;
  classes: number;
  /** nats / tokens. */
  meanLoss: number;
  /** Wall time of reading and scoring. */
  seconds: number;
  /** Rows whose loss is NaN. */
  nanRows: number;
  /** Rows whose loss is Infinity, because the target's logit is -inf. */
  infiniteRows: number;
  /** Present only if the targets are shifted. */
  shift?: number;
  /** Present only if a part of the rows was scored. */
  shard?: ScoredShard;
  /** Present only if the run was interrupted. */
  partial?: PartialRun;
}

/** The part of the rows that was scored. */
export interface ScoredShard {
  firstRow: number;
  /** The row after the last one. */
  endRow: number;
  /** Rows of the logits. */
  of: number;
}

/** The progress of an interrupted run. */
export interface PartialRun {
  rowsDone: number;
  /** Rows of the logits. */
  rows: number;
  /** The file from which --resume continues. */
  checkpoint: string;
}

/** @returns the number of rows, the total if the run was interrupted, and the number of ignored rows */
export function rowsText({ rows, tokens, partial }: { rows: number; tokens: number; partial?: PartialRun }): string {
  const of = partial === undefined ? "" : ` of ${partial.rows}, interrupted`;
  return `${rows}${of}${rows > tokens ? ` (${rows - tokens} ignored)` : ""}`;
}

/** @returns a line that says how targets are shifted; no line when they are not */
export function shiftLines({ shift }: { shift?: number }): [string, string][] {
  if (shift === undefined) return [];
  return [["shift", `row i predicts target i + ${shift} of its sequence; --shift 0 if the targets are the next tokens already`]];
}

function shardLines({ shard }: { shard?: ScoredShard }): [string, string][] {
  if (shard === undefined) return [];
  return [["shard", `rows ${shard.firstRow} to ${shard.endRow - 1} of ${shard.of}; xent merge adds the parts of --sums`]];
}

/** @returns a line with the standard errors that take documents as independent, and not the tokens within one; no line without */
export function documentLines(
  documents: number | undefined,
  errors: Readonly<Record<string, number | undefined>>,
): [string, string][] {
  if (documents === undefined) return [];
  const parts = Object.entries(errors).flatMap(([of, error]) =>
    error === undefined ? [] : [`${of} ± ${formatNumber(error, 3)}`],
  );
  return [["documents", `${documents}; errors clustered by document: ${parts.join(", ")}`]];
}

/** @returns the report as aligned lines of name and value */
export function scoreTable(report: ScoreReport): string[] {
  const pairs: [string, string][] = [
    ["rows", rowsText(report)],
    ...shardLines(report),
    ["classes", String(report.classes)],
    ...shiftLines(report),
    ["mean loss", `${formatNumber(report.meanLoss, 6)} nats`],
    ["total nats", formatNumber(report.nats, 10)],
    ["perplexity", formatWithError(report.perplexity, report.perplexityStderr, 6)],
    ["bits per token", formatNumber(report.bitsPerToken, 6)],
  ];
  if (report.bytes !== undefined && report.bitsPerByte !== undefined) {
    pairs.push(["bits per byte", `${formatNumber(report.bitsPerByte, 6)} (${report.bytes} bytes)`]);
  }
  pairs.push(["accuracy", formatShare(report.accuracy, report.accuracyStderr)]);
  pairs.push(
    ...documentLines(report.documents, {
      perplexity: report.perplexityClusteredStderr,
      "bits per byte": report.bitsPerByteClusteredStderr,
    }),
  );
  pairs.push(["wall time", `${formatNumber(report.seconds, 3)} s`]);
  return nameValueLines(pairs);
}

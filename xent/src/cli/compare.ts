import { basename } from "node:path";
import { jsonLine } from "../one-line.js";
import { type CompareReport, compareTable } from "../report/compare-table.js";
import type { CompareReportSnapshot } from "../report/page/index.js";
import { type CompareBatch, compareBatch } from "./compare-batch.js";
import type { CompareOptions } from "./compare-options.js";
import { CompareSums, type CompareSumsSnapshot } from "./compare-sums.js";
import { ReportFile, reportMeta, type TextColumns } from "./report-file.js";
import { scaleOf } from "./row-scale.js";
import { outcomeOf, partialOf, problemOf, shiftedOf } from "./run-outcome.js";
import { type ScoringRun, scoringRun } from "./scoring-run.js";
import type { Seams, Terminal } from "./seams.js";
import { runRows } from "./stream/run-rows.js";
import type { Sink } from "./stream/sink.js";
import type { RowBatch } from "./stream/stream-rows.js";
import { IGNORED } from "./stream/target-rows.js";
import { compareTableShape } from "./tables/compare-table-shape.js";
import { type TableSnapshot, TokenTable } from "./tables/token-table.js";

/**
 * `xent compare`: compares two models' logits and prints the totals.
 * @returns the exit code
 * @throws InputError for input that cannot be compared, before anything is printed; for NaN totals, after printing them
 */
export async function compare(options: CompareOptions, terminal: Terminal, seams: Seams): Promise<number> {
  const choices = { logits: [options.base, options.other], targets: options.targets };
  return scoringRun({ command: "compare", options, choices, settings: {} }, terminal, seams, (run) => compareFiles(run, options));
}

async function compareFiles(run: ScoringRun, options: CompareOptions): Promise<number> {
  const { inputs, engine, texts, checkpoint, before, terminal } = run;
  const { ignoreIndex } = options;
  const saved = (before?.sinks ?? {}) as Saved;
  const rowsBefore = before?.rows ?? 0;
  const sums = checkpoint.restored(() => new CompareSums(saved.sums, rowsBefore));
  const sinks = new Map<string, Sink<CompareBatch>>([["sums", sums]]);
  if (texts !== undefined) sinks.set("texts", texts);
  if (options.report !== undefined) sinks.set("report", await openReport(options.report, run, options, sums, saved.report));
  if (options.tokens !== undefined) {
    const shape = compareTableShape({ ignoreIndex, textOf: texts?.textOf });
    sinks.set("tokens", await TokenTable.open(options.tokens, shape, saved.tokens));
  }
  const compute = (batch: RowBatch) => compareBatch(engine, inputs.classes, scaleOf(options), batch);
  const ran = await runRows({ ...run, ignoreIndex, compute, sinks });
  const { sums: merging, nanTokens: nanRows, ...totals } = sums.totals();
  const report: CompareReport = {
    ...totals,
    ...{
      rows: ran.rows,
      classes: inputs.classes,
      ...shiftedOf(run),
      nanRows,
      infiniteRows: merging.sums.kl.infinite,
      seconds: ran.seconds,
    },
    ...partialOf(ran, run),
  };
  const json = { ...report, ...(options.sums && { sums: merging }) };
  terminal.stdout.write(options.json ? jsonLine(json) : `${compareTable(report).join("\n")}\n`);
  return outcomeOf(ran, run, problemOf(run, ignoreIndex, report, { what: "divergence", firstRow: sums.firstNanRow }));
}

async function openReport(
  path: string,
  run: ScoringRun,
  options: CompareOptions,
  sums: CompareSums,
  before: CompareReportSnapshot | undefined,
): Promise<Sink<CompareBatch>> {
  const { CompareReportData, compareReportPage } = await import("../report/page/index.js");
  const data =
    before === undefined
      ? CompareReportData.create({ ignoreIndex: IGNORED })
      : run.checkpoint.restored(() => CompareReportData.restore(before));
  const title = `${basename(options.other.path)} compared with ${basename(options.base.path)}`;
  const source = {
    add: ({ compared }: CompareBatch, rows: TextColumns) => data.add({ ...rows, ...compared }),
    snapshot: () => data.snapshot(),
    page: () => compareReportPage(data, sums.totals(), reportMeta(title, run, options)),
  };
  return new ReportFile(path, source, run.texts);
}

/** The sinks' snapshots in a checkpoint. */
interface Saved {
  readonly sums?: CompareSumsSnapshot;
  readonly report?: CompareReportSnapshot;
  readonly tokens?: TableSnapshot;
}

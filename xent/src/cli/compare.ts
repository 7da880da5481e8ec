import type { ComparisonTotals } from "wasm-cross-entropy";
import { titleOf } from "../files/open-input.js";
import { jsonLine } from "../one-line.js";
import { type CompareReport, compareTable } from "../report/compare-table.js";
import type { CompareReportSnapshot } from "../report/page/index.js";
import { checkedReport } from "./checked-report.js";
import { type CompareBatch, compareBatch } from "./compare-batch.js";
import type { CompareOptions } from "./compare-options.js";
import { CompareSums, type CompareSumsSnapshot } from "./compare-sums.js";
import { openTable } from "./open-table.js";
import { print } from "./print.js";
import { ReportFile, reportMeta, type TextColumns } from "./report-file.js";
import { scaleOf } from "./row-scale.js";
import { outcomeOf, partialOf, problemOf, shiftedOf } from "./run-outcome.js";
import { type ScoringRun, scoringRun } from "./scoring-run.js";
import type { Seams, Terminal } from "./seams.js";
import { type RanRows, runRows } from "./stream/run-rows.js";
import type { Sink } from "./stream/sink.js";
import type { RowBatch } from "./stream/stream-rows.js";
import { IGNORED } from "./stream/target-rows.js";
import { compareTableShape } from "./tables/compare-table-shape.js";

/**
 * `xent compare`: compares two models' logits and prints the totals.
 * @returns the exit code
 * @throws InputError for input that cannot be compared, before anything is printed; for NaN totals, after printing them
 */
export async function compare(options: CompareOptions, terminal: Terminal, seams: Seams): Promise<number> {
  const choices = { ...options.beside, logits: [options.base, options.other] };
  return scoringRun({ command: "compare", options, choices, settings: {}, sinks: [] }, terminal, seams, (run) =>
    compareFiles(run, options),
  );
}

async function compareFiles(run: ScoringRun, options: CompareOptions): Promise<number> {
  const { inputs, engine, texts, checkpoint, before, terminal } = run;
  const { ignoreIndex } = options;
  const saved = (before?.sinks ?? {}) as Saved;
  const rowsBefore = before?.rows ?? 0;
  const sums = await checkpoint.restored(() => new CompareSums(saved.sums, rowsBefore, inputs));
  const sinks = new Map<string, Sink<CompareBatch>>([["sums", sums]]);
  if (texts !== undefined) sinks.set("texts", texts);
  if (options.report !== undefined) sinks.set("report", await openReport(options.report, run, options, sums, saved.report));
  if (options.tokens !== undefined) {
    const shape = compareTableShape({ ignoreIndex, textOf: texts?.textOf });
    sinks.set("tokens", await openTable(run, options.tokens, shape));
  }
  const compute = (batch: RowBatch) => compareBatch(engine, inputs, scaleOf(options), batch);
  const [ran, report] = await runRows({ ...run, ignoreIndex, compute, sinks }, async (ended) => {
    // once: all values are sorted for it
    const totals = sums.totals();
    const found = reportOf(ended, run, totals);
    const json = { ...found, ...(options.sums && { sums: totals.sums }) };
    await print(terminal, options.json ? jsonLine(json) : `${compareTable(found).join("\n")}\n`);
    return found;
  });
  const nan = { what: "divergence", firstRow: sums.firstNanRow };
  return outcomeOf(ran, run, () => problemOf(run, ignoreIndex, report, nan));
}

function reportOf(ran: RanRows, run: ScoringRun, all: ComparisonTotals): CompareReport {
  const { sums: merging, nanTokens: nanRows, ...totals } = all;
  return {
    ...totals,
    ...{
      rows: ran.rows,
      classes: run.inputs.classes,
      ...shiftedOf(run),
      nanRows,
      infiniteRows: merging.sums.kl.infinite,
      seconds: ran.seconds,
    },
    ...partialOf(ran, run),
  };
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
      : await run.checkpoint.restored(() =>
          checkedReport(CompareReportData.restore(before), before, run.before?.rows ?? 0, sums.totals()),
        );
  const title = `${titleOf(options.other.path)} compared with ${titleOf(options.base.path)}`;
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
}

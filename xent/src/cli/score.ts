import { cpus } from "node:os";
import { InputError } from "../files/input-error.js";
import { titleOf } from "../files/open-input.js";
import { jsonLine } from "../one-line.js";
import { colorDepth } from "../report/color-depth.js";
import type { ScoreReportSnapshot } from "../report/page/index.js";
import { passageLines } from "../report/passage.js";
import { type ScoreReport, scoreTable } from "../report/score-table.js";
import type { ColorDepth } from "../report/shading.js";
import { surpriseLines } from "../report/surprising.js";
import { checkedReport } from "./checked-report.js";
import { openTable } from "./open-table.js";
import { type Part, writePart } from "./parts/part.js";
import { print } from "./print.js";
import { ReportFile, reportMeta, type TextColumns } from "./report-file.js";
import { scaleOf } from "./row-scale.js";
import { outcomeOf, partialOf, problemOf, shiftedOf } from "./run-outcome.js";
import { type ScoreBatch, scoreBatch } from "./score-batch.js";
import type { ScoreOptions } from "./score-options.js";
import { scoreReport } from "./score-report.js";
import { ScoreSums, type ScoreSumsSnapshot } from "./score-sums.js";
import { type PassageSnapshot, ScoredPassage } from "./scored-passage.js";
import { type RunSpec, type ScoringRun, scoringRun } from "./scoring-run.js";
import type { ScoringEngine, Seams, Terminal } from "./seams.js";
import type { Inputs } from "./stream/inputs.js";
import { type RanRows, runRows } from "./stream/run-rows.js";
import type { Sink } from "./stream/sink.js";
import type { RowBatch } from "./stream/stream-rows.js";
import { IGNORED } from "./stream/target-rows.js";
import { scoreTableShape } from "./tables/score-table-shape.js";

/** Number of surprising tokens listed below a passage. */
const LISTED = 10;

/**
 * `xent score`: prints the totals of a file of logits, and with `--passage` the text shaded by its losses.
 * @returns the exit code
 * @throws InputError for input that cannot be scored, before anything is printed; for NaN totals, after printing them
 */
export async function score(options: ScoreOptions, terminal: Terminal, seams: Seams): Promise<number> {
  const sinks = options.passage === undefined ? [] : ["passage"];
  return scoringRun({ ...scoreSpec(options), sinks }, terminal, seams, (run) => scoreFiles(run, options));
}

/** What a run of `xent score` reads, and what its results depend on. */
export function scoreSpec(options: ScoreOptions): Omit<RunSpec, "sinks"> {
  const { logits, tokenBytes, topK } = options;
  const choices = { ...options.beside, logits: [logits], tokenBytes };
  return { command: "score", options, choices, settings: { "--top": String(topK) } };
}

/** Returns the function that scores a batch. */
export function scoreCompute(
  engine: ScoringEngine,
  inputs: Inputs,
  options: ScoreOptions,
  topK: number,
): (batch: RowBatch) => Promise<ScoreBatch> {
  const settings = { topK, tokenBytes: inputs.tokenBytes?.counts, ...scaleOf(options) };
  return (batch) => scoreBatch(engine, inputs, settings, batch);
}

async function scoreFiles(run: ScoringRun, options: ScoreOptions): Promise<number> {
  const { inputs, engine, texts, checkpoint, before, terminal } = run;
  const { ignoreIndex, topK } = options;
  if (topK > inputs.classes)
    throw new InputError(`--top: expected at most ${inputs.classes}, the number of classes, got ${topK}`);
  const saved = (before?.sinks ?? {}) as Saved;
  const rowsBefore = before?.rows ?? 0;
  const sums = await checkpoint.restored(() => new ScoreSums(saved.sums, rowsBefore, inputs));
  const passage = texts && (await checkpoint.restored(() => new ScoredPassage(texts, saved.passage, rowsBefore)));
  const sinks = new Map<string, Sink<ScoreBatch>>([["sums", sums]]);
  if (texts !== undefined) sinks.set("texts", texts);
  if (passage !== undefined) sinks.set("passage", passage);
  if (options.report !== undefined) sinks.set("report", await openReport(options.report, run, options, sums, saved.report));
  if (options.tokens !== undefined) {
    const shape = scoreTableShape({ ignoreIndex, topK, textOf: texts?.textOf });
    sinks.set("tokens", await openTable(run, options.tokens, shape));
  }
  // the report's calibration chart needs the best class of each row
  const computed = options.report === undefined ? topK : Math.max(1, topK);
  const compute = scoreCompute(engine, inputs, options, computed);
  const all = { ...run, ignoreIndex, rowValues: 2 * computed, compute, sinks };
  const [ran, report] = await runRows(all, async (ended) => {
    const found = reportOf(ended, run, sums);
    const isComplete = ended.interrupted === undefined && ended.changed === undefined;
    if (options.sumsFile !== undefined && isComplete) await writePart(options.sumsFile, partOf(ended, run, sums));
    await print(terminal, resultOf(found, run, options, sums, passage));
    return found;
  });
  const nan = { what: "loss", firstRow: sums.firstNanRow };
  return outcomeOf(ran, run, () => problemOf(run, ignoreIndex, report, nan, isWhole(run)));
}

function reportOf(ran: RanRows, run: ScoringRun, sums: ScoreSums): ScoreReport {
  const { range, inputs } = run;
  const about = { rows: ran.rows - range.from, classes: inputs.classes, seconds: ran.seconds };
  const shard = isWhole(run) ? {} : { shard: { firstRow: range.from, endRow: range.to, of: inputs.rows } };
  return scoreReport(sums.totals(), { ...about, ...shiftedOf(run), ...shard, ...partialOf(ran, run) });
}

function isWhole({ range, inputs }: ScoringRun): boolean {
  return range.to - range.from === inputs.rows;
}

/** The sums of the rows of a complete run, for `xent merge`. */
function partOf(ran: RanRows, { fingerprint, inputs, range, engine }: ScoringRun, sums: ScoreSums): Part {
  const { firstNanRow, sums: exact } = sums.snapshot();
  const { rows, classes, shift } = inputs;
  const isRelaxed = engine.info().variant === "relaxed";
  return {
    ...{ fingerprint, rows, classes, shift: shift.by, ranges: [range], seconds: ran.seconds, firstNanRow, sums: exact },
    ...(isRelaxed && { processor: cpus()[0]?.model ?? "unknown" }),
  };
}

/** The text or the JSON that is printed. */
function resultOf(
  report: ScoreReport,
  { terminal }: ScoringRun,
  options: ScoreOptions,
  sums: ScoreSums,
  passage: ScoredPassage | undefined,
): string {
  if (!options.json) return textOf(report, passage, colorDepth(terminal.stdout, terminal.env, options.noColor));
  return jsonOf({ ...report, ...(options.sums && { sums: sums.totals().sums }) }, passage);
}

async function openReport(
  path: string,
  run: ScoringRun,
  options: ScoreOptions,
  sums: ScoreSums,
  before: ScoreReportSnapshot | undefined,
): Promise<Sink<ScoreBatch>> {
  const { ScoreReportData, scoreReportPage } = await import("../report/page/index.js");
  const data =
    before === undefined
      ? ScoreReportData.create({ ignoreIndex: IGNORED })
      : await run.checkpoint.restored(() =>
          checkedReport(ScoreReportData.restore(before), before, run.before?.rows ?? 0, sums.totals()),
        );
  const source = {
    add: ({ scores }: ScoreBatch, rows: TextColumns) => data.add({ ...rows, ...scores }),
    snapshot: () => data.snapshot(),
    page: () => scoreReportPage(data, sums.totals(), reportMeta(`Score of ${titleOf(options.logits.path)}`, run, options)),
  };
  return new ReportFile(path, source, run.texts);
}

/** The sinks' snapshots in a checkpoint. */
interface Saved {
  readonly sums?: ScoreSumsSnapshot;
  readonly report?: ScoreReportSnapshot;
  readonly passage?: PassageSnapshot;
}

function jsonOf(report: ScoreReport, passage: ScoredPassage | undefined): string {
  const surprising = passage === undefined ? {} : { mostSurprising: passage.surprising(LISTED) };
  return jsonLine({ ...report, ...surprising });
}

function textOf(report: ScoreReport, passage: ScoredPassage | undefined, depth: ColorDepth): string {
  const lines = scoreTable(report);
  if (passage !== undefined) {
    const { tokens } = passage;
    lines.push("", ...passageLines(tokens, depth), "", "most surprising tokens");
    lines.push(...surpriseLines(tokens, passage.surprising(LISTED), depth));
  }
  return `${lines.join("\n")}\n`;
}

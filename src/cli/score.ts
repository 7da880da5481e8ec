import { InputError } from "../files/input-error.js";
import { readTokensFile } from "../files/tokens-file.js";
import { colorDepth } from "../report/color-depth.js";
import { passageLines } from "../report/passage.js";
import { Progress } from "../report/progress.js";
import { type ScoreReport, scoreTable } from "../report/score-table.js";
import type { ColorDepth } from "../report/shading.js";
import { surpriseLines } from "../report/surprising.js";
import { openScoreInputs, type ScoreInputs } from "./score-inputs.js";
import { parseScoreOptions, SCORE_HELP, type ScoreOptions } from "./score-options.js";
import { type ScoredFiles, scoreFiles } from "./score-rows-of-files.js";
import { ScoredPassage } from "./scored-passage.js";
import type { ScoreRows, Seams, Terminal } from "./seams.js";

/** Surprising tokens listed below a passage. */
const LISTED = 10;

/**
 * `xent score`: prints the totals of a file of logits, and with `--passage` the text shaded by its losses.
 * @throws InputError before anything is printed, for input that cannot be scored; after the totals were printed, when
 * they are NaN
 */
export async function score(argv: readonly string[], terminal: Terminal, seams: Seams): Promise<void> {
  const options = parseScoreOptions(argv);
  if (options === "help") {
    terminal.stdout.write(SCORE_HELP);
    return;
  }
  const scoreRows = await seams.loadScoreRows();
  const begun = performance.now();
  const inputs = openScoreInputs(options);
  try {
    const passage = options.passage === undefined ? undefined : readPassage(options.passage, inputs);
    const scored = scoreShowingProgress(inputs, options, scoreRows, terminal, passage);
    const report = { ...scored.report, seconds: (performance.now() - begun) / 1000 };
    const depth = colorDepth(terminal.stdout, terminal.env, options.noColor);
    terminal.stdout.write(options.json ? jsonOf(report, passage) : textOf(report, passage, depth));
    const problem = problemOf(scored, inputs, options);
    if (problem !== undefined) throw new InputError(problem);
  } finally {
    inputs.close();
  }
}

function readPassage(path: string, inputs: ScoreInputs): ScoredPassage {
  return new ScoredPassage(readTokensFile(path), inputs);
}

function scoreShowingProgress(
  inputs: ScoreInputs,
  options: ScoreOptions,
  scoreRows: ScoreRows,
  terminal: Terminal,
  passage: ScoredPassage | undefined,
): ScoredFiles {
  const progress = new Progress(terminal.stderr, "rows", inputs.logits.rows);
  try {
    return scoreFiles(inputs, options, scoreRows, (batch) => {
      passage?.add(batch);
      progress.update(batch.firstRow + batch.targets.length);
    });
  } finally {
    progress.clear();
  }
}

function jsonOf(report: ScoreReport, passage: ScoredPassage | undefined): string {
  const surprising = passage === undefined ? {} : { mostSurprising: passage.surprising(LISTED) };
  return `${JSON.stringify({ ...report, ...surprising })}\n`;
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

/** What makes the totals NaN, in one line, or undefined. */
function problemOf(scored: ScoredFiles, inputs: ScoreInputs, options: ScoreOptions): string | undefined {
  const { rows, tokens, nanRows } = scored.report;
  if (nanRows > 0) {
    return (
      `${inputs.logits.label}: ${nanRows} of ${rows} rows have a NaN loss, the first is row ${scored.firstNanRow}: ` +
      "their logits hold NaN or +inf; repair them where they are made, " +
      `or set their targets to the ignore index (${options.ignoreIndex})`
    );
  }
  if (tokens === 0) {
    return (
      `${inputs.targets.label}: all ${rows} targets are the ignore index (${options.ignoreIndex}), ` +
      "so there is nothing to score; check --ignore-index"
    );
  }
  return undefined;
}

import { mergeScores } from "wasm-cross-entropy";
import { InputError } from "../files/input-error.js";
import { checkOutputs, type Tell } from "../files/output.js";
import { errorLine, jsonLine, oneLine } from "../one-line.js";
import { scoreTable } from "../report/score-table.js";
import type { MergeOptions } from "./merge-options.js";
import { joinedParts } from "./parts/joined-parts.js";
import { type Part, readPart, writePart } from "./parts/part.js";
import { print } from "./print.js";
import { scoreReport } from "./score-report.js";
import type { Terminal } from "./seams.js";

/**
 * `xent merge`: prints the totals of parts that cover all rows.
 * @returns the exit code
 * @throws InputError for parts that cannot be merged, before anything is printed; for NaN totals, after printing them
 */
export async function merge({ parts, json, sums, sumsFile }: MergeOptions, terminal: Terminal): Promise<number> {
  const whole = joinedParts(parts.map((name) => ({ name, part: readPart(name) })));
  const tell: Tell = (line) => void terminal.stderr.write(`xent: ${oneLine(line)}\n`);
  if (sumsFile !== undefined) {
    await checkOutputs([{ option: "--sums", path: sumsFile }], { inputs: [], streams: [] }, tell);
    await writePart(sumsFile, whole);
  }
  noteProcessors(whole, terminal);
  await print(terminal, resultOf(whole, { json, sums }));
  const problem = partProblem("the parts", whole);
  if (problem !== undefined) throw new InputError(problem);
  return 0;
}

/** The text or the JSON that is printed. */
export function resultOf(whole: Part, { json, sums }: Pick<MergeOptions, "json" | "sums">): string {
  const totals = mergeScores([whole]);
  const { rows, classes, shift, seconds } = whole;
  const report = scoreReport(totals, { rows, classes, seconds, ...(shift > 0 && { shift }) });
  if (json) return jsonLine({ ...report, ...(sums && { sums: totals.sums }) });
  return `${scoreTable(report).join("\n")}\n`;
}

/** Says in one line why the totals are NaN; undefined when they are numbers. */
export function partProblem(label: string, { rows, sums, firstNanRow }: Part): string | undefined {
  const { tokens, nanTokens } = mergeScores([{ sums }]);
  if (firstNanRow !== null) {
    return (
      `${label}: ${nanTokens} of ${rows} rows have a NaN loss, the first is row ${firstNanRow}; ` +
      "fix the logits at their source, or set the targets of these rows to the ignore index"
    );
  }
  return tokens > 0 ? undefined : `${label}: all ${rows} targets are the ignore index, so there is nothing to score`;
}

/** Relaxed SIMD gives a row other last bits on another processor. */
function noteProcessors({ processor }: Part, { stderr }: Terminal): void {
  if (processor?.includes(", ") !== true) return;
  const what = `the parts were scored on different processors (${processor}), so their last bits may differ from those of one run`;
  stderr.write(`${errorLine(`xent: ${what}; --deterministic gives the same bits everywhere`)}\n`);
}

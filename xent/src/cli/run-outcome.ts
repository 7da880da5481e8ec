import type { LogitDtype } from "../files/dtypes.js";
import { InputError } from "../files/input-error.js";
import { PipedFile } from "../files/piped-file.js";
import type { Tensor } from "../files/tensor.js";
import { oneLine } from "../one-line.js";
import type { PartialRun } from "../report/score-table.js";
import { nanCause } from "./nan-row.js";
import type { ScoringRun } from "./scoring-run.js";
import type { RanRows } from "./stream/run-rows.js";

/** The `partial` property of an interrupted run's report; no property otherwise. */
export function partialOf(ran: RanRows, { range, checkpoint }: ScoringRun): { partial?: PartialRun } {
  if (ran.interrupted === undefined) return {};
  return { partial: { rowsDone: ran.rows - range.from, rows: range.to - range.from, checkpoint: checkpoint.path } };
}

/** The `shift` property of a run with shifted targets; no property otherwise. */
export function shiftedOf({ inputs: { shift } }: ScoringRun): { shift?: number } {
  return shift.by === 0 ? {} : { shift: shift.by };
}

/**
 * Ends a run whose results are printed. An interrupted run says how to resume.
 * @param problem says in one line why the totals are NaN, and nothing when they are numbers
 * @returns the exit code
 * @throws InputError for an input that was changed during the run, and for the problem of a complete run; for an interrupted run, the error of writing its checkpoint
 */
export async function outcomeOf(ran: RanRows, run: ScoringRun, problem: () => Promise<string | undefined>): Promise<number> {
  if (ran.changed !== undefined) throw ran.changed;
  if (ran.interrupted === undefined) {
    const reason = await problem();
    if (reason !== undefined) throw new InputError(reason);
    return 0;
  }
  if (ran.unsaved !== undefined) throw ran.unsaved;
  const { range, checkpoint, terminal } = run;
  const how = `run the same command with --resume to continue (${checkpoint.path})`;
  terminal.stderr.write(
    `${oneLine(`xent: interrupted after ${ran.rows - range.from} of ${range.to - range.from} rows; ${how}`)}\n`,
  );
  return ran.interrupted;
}

/** The first of the tensors that explains the NaN of a row, and what it has there. */
async function causeAmong(
  logits: readonly Tensor<LogitDtype>[],
  row: number,
): Promise<{ readonly label: string; readonly cause: string }> {
  for (const tensor of logits) {
    // a stream has passed
    if (tensor.entry.file instanceof PipedFile) return { label: tensor.label, cause: "a logit is NaN or +inf, or all are -inf" };
    const cause = await nanCause(tensor, row);
    if (cause !== undefined) return { label: tensor.label, cause };
  }
  throw new Error(`row ${row}: finite logits gave NaN`);
}

/**
 * Says in one line why the totals are NaN; undefined when they are numbers.
 * @param isWhole whether the run is over all rows
 */
export async function problemOf(
  run: ScoringRun,
  ignoreIndex: number,
  found: { readonly rows: number; readonly tokens: number; readonly nanRows: number },
  nan: { readonly what: string; readonly firstRow: number | undefined },
  isWhole = true,
): Promise<string | undefined> {
  const { logits, targets, mask } = run.inputs;
  if (nan.firstRow !== undefined) {
    const { label, cause } = await causeAmong(logits, nan.firstRow);
    return (
      `${label}: ${found.nanRows} of ${found.rows} rows have a NaN ${nan.what}, the first is row ${nan.firstRow}, ` +
      `where ${cause}; fix the logits at their source, ` +
      `or set the targets of these rows to the ignore index (${ignoreIndex})`
    );
  }
  // a part of the rows may have nothing to score
  if (found.tokens > 0 || !isWhole) return undefined;
  if (mask !== undefined)
    return `${mask.label}: leaves none of ${found.rows} targets, so there is nothing to score; check --mask`;
  return (
    `${targets.label}: all ${found.rows} targets are the ignore index (${ignoreIndex}), ` +
    "so there is nothing to score; check --ignore-index"
  );
}

import { InputError } from "../files/input-error.js";
import type { PartialRun } from "../report/score-table.js";
import type { ScoringRun } from "./scoring-run.js";
import type { RanRows } from "./stream/run-rows.js";

/** What a report says of a run that was interrupted; nothing of one that was not. */
export function partialOf(ran: RanRows, { inputs, checkpoint }: ScoringRun): { partial?: PartialRun } {
  if (ran.interrupted === undefined) return {};
  return { partial: { rowsDone: ran.rows, rows: inputs.rows, checkpoint: checkpoint.path } };
}

/**
 * What is left to say when the results are printed, and the exit code.
 * @param problem what makes the totals NaN, in one line
 * @throws InputError for the problem of a whole run; what kept the checkpoint of an interrupted one from being written
 */
export function outcomeOf(ran: RanRows, run: ScoringRun, problem: string | undefined): number {
  if (ran.interrupted === undefined) {
    if (problem !== undefined) throw new InputError(problem);
    return 0;
  }
  if (ran.unsaved !== undefined) throw ran.unsaved;
  const { inputs, checkpoint, terminal } = run;
  terminal.stderr.write(
    `xent: interrupted after ${ran.rows} of ${inputs.rows} rows; the same command with --resume goes on (${checkpoint.path})\n`,
  );
  return ran.interrupted;
}

/** Why there are no numbers, in one line, or undefined. */
export function problemOf(
  run: ScoringRun,
  ignoreIndex: number,
  found: { readonly rows: number; readonly tokens: number; readonly nanRows: number },
  nan: { readonly what: string; readonly firstRow: number | undefined },
): string | undefined {
  const { logits, targets } = run.inputs;
  if (found.nanRows > 0) {
    return (
      `${logits.map(({ label }) => label).join(" or ")}: ${found.nanRows} of ${found.rows} rows have a NaN ${nan.what}, ` +
      `the first is row ${nan.firstRow}: their logits hold NaN or +inf; repair them where they are made, ` +
      `or set their targets to the ignore index (${ignoreIndex})`
    );
  }
  if (found.tokens > 0) return undefined;
  return (
    `${targets.label}: all ${found.rows} targets are the ignore index (${ignoreIndex}), ` +
    "so there is nothing to score; check --ignore-index"
  );
}

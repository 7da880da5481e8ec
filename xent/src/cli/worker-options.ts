import type { Command } from "commander";
import { InputError } from "../files/input-error.js";
import { isCount, isPositive, numberOption, textOption } from "./options.js";

/** Options of `xent worker`, checked. */
export interface WorkerOptions {
  readonly queue: string;
  readonly threads: number | undefined;
  readonly headers: readonly string[];
  readonly idleSeconds: number | undefined;
}

/** The options as commander parses them. */
export interface WorkerFlags {
  readonly queue?: string;
  readonly threads?: number;
  readonly header?: readonly string[];
  readonly idle?: number;
}

/** Adds options and help of `xent worker`. */
export function addWorkerOptions(command: Command): Command {
  return command
    .summary("score rows for xent score --queue, on any number of machines")
    .description(
      `Takes ranges of rows from a queue, scores them and answers with their sums, until a signal comes. A worker needs the same version of xent and the same files, under the same paths or addresses, as "xent score --queue".

Ctrl-C or SIGTERM lets it leave after the rows under way. The rows of a worker that has died go to another one. Anyone who can write to the queue chooses which files the workers read, so give it a password.`,
    )
    .addOption(textOption("--queue <URL>", "Redis or Valkey: redis://HOST:PORT, rediss:// with TLS"))
    .addOption(
      numberOption(
        "--threads <N>",
        "worker threads (default: one per hardware thread)",
        "an integer in 1..512",
        (n) => isCount(n) && n <= 512,
      ),
    )
    .addOption(
      textOption("--header <LINE>", "header of requests for https:// inputs; may be given several times").argParser(
        (line: string, before: readonly string[] = []) => [...before, line],
      ),
    )
    .addOption(
      numberOption("--idle <SECONDS>", "leave when there has been nothing to do for so long", "a positive number", isPositive),
    )
    .addHelpText(
      "after",
      `
Exit codes: 0 left by a signal or --idle; 2 the queue cannot be reached, with one line on stderr.

Examples:
  xent worker --queue redis://localhost:6379
  xent worker --queue redis://:PASSWORD@broker:6379 --threads 8 --idle 60`,
    );
}

/** @throws InputError when no queue is given */
export function workerOptions({ queue, threads, header = [], idle }: WorkerFlags): WorkerOptions {
  if (queue === undefined) throw new InputError("expected --queue redis://HOST:PORT; see xent worker --help");
  return { queue, threads, headers: header, idleSeconds: idle };
}

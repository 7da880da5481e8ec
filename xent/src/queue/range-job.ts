import { isAbsolute, resolve } from "node:path";
import type { RowRange } from "../cli/parts/row-range.js";
import type { ScoreOptions } from "../cli/score-options.js";
import type { ScoreSumsSnapshot } from "../cli/score-sums.js";
import type { Identity } from "../cli/stream/identity.js";
import { isAddress, withoutLogin } from "../files/address.js";

/** What a worker is asked to do: to score some rows of a run. Plain data. */
export interface RangeJob {
  /** Of xent at the submitter. */
  readonly version: string;
  readonly options: ScoreOptions;
  /** Everything that the results depend on: the worker must find the same. */
  readonly fingerprint: Identity;
  readonly range: RowRange;
  /** The file of the rows' part of the table; null if there is no table. */
  readonly table: string | null;
}

/** What it answers: some 300 bytes. */
export interface RangeResult extends ScoreSumsSnapshot {
  readonly seconds: number;
}

/**
 * The options as a worker on another machine needs them: paths are whole, and nothing is printed or kept. Headers of requests and
 * passwords of addresses are secrets, which do not belong into a queue: workers have their own headers.
 */
export function optionsForWorkers(options: ScoreOptions): ScoreOptions {
  const own = { tokens: undefined, report: undefined, checkpoint: undefined, resume: false, headers: [], queue: undefined };
  return withWholePaths({ ...options, ...own, sumsFile: undefined, deterministic: true });
}

/** Every member called `path` or `more` names files. */
function withWholePaths<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, member]: [string, unknown]) => {
    if (key === "path" && typeof member === "string") return [key, wholePath(member)];
    if (key === "more" && Array.isArray(member)) return [key, member.map((path: string) => wholePath(path))];
    return [key, withWholePaths(member)];
  });
  return (Array.isArray(value) ? value : Object.fromEntries(entries)) as Value;
}

function wholePath(path: string): string {
  if (isAddress(path)) return withoutLogin(path);
  return isAbsolute(path) ? path : resolve(path);
}

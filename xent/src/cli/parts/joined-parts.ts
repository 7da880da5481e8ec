import { mergeScores } from "wasm-cross-entropy";
import { InputError } from "../../files/input-error.js";
import { differences, listed } from "../stream/identity.js";
import type { NamedPart, Part } from "./part.js";
import { type RowRange, rangeText } from "./row-range.js";

/** The most gaps in an error. */
const MOST_LISTED = 4;

interface NamedRange extends RowRange {
  readonly name: string;
}

/**
 * Merges parts that cover every row once into the whole. Their order does not matter, and equal parts count once.
 * @throws InputError that names the files: parts of different runs, rows in two parts, rows in none
 */
export function joinedParts(given: readonly NamedPart[]): Part {
  const [first] = given;
  if (first === undefined) throw new InputError("expected at least one part");
  for (const other of given) checkSameRun(first, other);
  const parts = withoutRepetitions(given);
  const { rows } = first.part;
  const ranges = parts.flatMap(({ name, part }) => part.ranges.map((range) => ({ ...range, name }))).sort(byFirstRow);
  checkOverlaps(ranges);
  checkGaps(ranges, rows);
  const nanRows = parts.flatMap(({ part }) => part.firstNanRow ?? []);
  const processors = new Set(parts.map(({ part }) => part.processor));
  return {
    ...first.part,
    ranges: [{ from: 0, to: rows }],
    seconds: parts.reduce((sum, { part }) => sum + part.seconds, 0),
    firstNanRow: nanRows.length === 0 ? null : nanRows.reduce((least, row) => Math.min(least, row)),
    sums: mergeScores(parts.map(({ part }) => part)).sums,
    processor: processors.size > 1 ? Array.from(processors, (name) => name ?? "unknown").join(", ") : first.part.processor,
  };
}

const byFirstRow = (a: RowRange, b: RowRange) => a.from - b.from || a.to - b.to;

function checkSameRun(first: NamedPart, other: NamedPart): void {
  const different = differences(first.part.fingerprint, other.part.fingerprint, [`in ${first.name}`, `in ${other.name}`]);
  if (different.length > 0) {
    throw new InputError(`${other.name}: is a part of another run: ${listed(different)}; give only the parts of one run`);
  }
  const counts = ({ rows, classes, shift }: Part) => `${rows} rows, ${classes} classes, shift ${shift}`;
  if (counts(first.part) === counts(other.part)) return;
  throw new InputError(`${other.name}: expected ${counts(first.part)}, like ${first.name}, got ${counts(other.part)}`);
}

function withoutRepetitions(given: readonly NamedPart[]): NamedPart[] {
  const byRows = new Map<string, NamedPart>();
  const resultOf = ({ sums, firstNanRow }: Part) => JSON.stringify([mergeScores([{ sums }]).sums, firstNanRow]);
  for (const { name, part } of given) {
    const key = JSON.stringify(part.ranges);
    const other = byRows.get(key);
    if (other === undefined) byRows.set(key, { name, part });
    else if (resultOf(other.part) !== resultOf(part)) {
      const rows = part.ranges.map(rangeText).join(", ");
      throw new InputError(
        `${name}: has other sums for ${rows} than ${other.name}; score them again, with --deterministic if processors differ`,
      );
    }
  }
  return [...byRows.values()];
}

function checkOverlaps(ranges: readonly NamedRange[]): void {
  let last: NamedRange | undefined;
  for (const range of ranges) {
    if (last !== undefined && range.from < last.to) {
      const both = rangeText({ from: range.from, to: Math.min(range.to, last.to) });
      throw new InputError(
        `${range.name}: overlaps ${last.name}: both have ${both}; leave one of them out, or cut all rows with the same --shard i/n`,
      );
    }
    if (last === undefined || range.to > last.to) last = range;
  }
}

function checkGaps(ranges: readonly RowRange[], rows: number): void {
  const gaps: RowRange[] = [];
  let end = 0;
  for (const { from, to } of [...ranges, { from: rows, to: rows }]) {
    if (from > end) gaps.push({ from: end, to: from });
    end = to;
  }
  if (gaps.length === 0) return;
  const more = gaps.length > MOST_LISTED ? ` and ${gaps.length - MOST_LISTED} more ranges` : "";
  const missing = `${gaps.slice(0, MOST_LISTED).map(rangeText).join(", ")}${more}`;
  throw new InputError(`no part has ${missing} of ${rows} rows; score the shards that are missing, and give the parts of all`);
}

import { createHash } from "node:crypto";
import { mergeScores, type ScoreTotals } from "wasm-cross-entropy";
import { InputError } from "../../files/input-error.js";
import { readJson } from "../../files/json-file.js";
import { writeWhole } from "../../files/output.js";
import { checkedFirst } from "../checked-first.js";
import type { Identity } from "../stream/identity.js";
import type { RowRange } from "./row-range.js";

/** The sums of some rows, and everything that must be equal for sums to be added. */
export interface Part {
  /** Everything that the results depend on. */
  readonly fingerprint: Identity;
  /** Rows of the whole input. */
  readonly rows: number;
  readonly classes: number;
  readonly shift: number;
  /** The rows that the sums are of, in ascending order. */
  readonly ranges: readonly RowRange[];
  /** Time of reading and scoring. */
  readonly seconds: number;
  /** The first row whose loss is NaN; null if there is none. */
  readonly firstNanRow: number | null;
  readonly sums: ScoreTotals["sums"];
  /** With relaxed SIMD the last bits depend on the processor: its name. Absent for the deterministic kernels. */
  readonly processor?: string | undefined;
}

/** A part and the file or machine it came from. */
export interface NamedPart {
  readonly name: string;
  readonly part: Part;
}

const FORMAT = "xent part 1";
const FORM = { expected: "expected a part as xent score --sums FILE writes it", largest: 2 ** 29 - 24 };

/** @throws OutputError when the file cannot be written; an existing file stays then */
export async function writePart(path: string, part: Part): Promise<void> {
  await writeWhole(path, `${JSON.stringify({ format: FORMAT, hash: hashOf(part), ...part })}\n`);
}

/** @throws InputError when the file is not a part, or is damaged */
export function readPart(path: string): Part {
  const value = readJson(path, FORM, (json) => json.value());
  if (typeof value !== "object" || value === null || !("format" in value) || value.format !== FORMAT) {
    throw new InputError(`${path}: ${FORM.expected}`);
  }
  const { format: _, hash, ...part } = value as unknown as Part & { readonly format: string; readonly hash: unknown };
  if (hash !== hashOf(part)) throw damaged(path, "its hash is wrong");
  checkPart(path, part);
  return part;
}

/**
 * Checks what a part says.
 * @throws InputError for rows and sums that no run can have made
 */
export function checkPart(name: string, { fingerprint, rows, classes, shift, ranges, seconds, firstNanRow, sums }: Part): void {
  const isCount = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0;
  if (![rows, classes, shift].every(isCount) || !(Number.isFinite(seconds) && seconds >= 0))
    throw damaged(name, "its counts are wrong");
  const isText = (value: unknown) => typeof value === "string";
  if (typeof fingerprint !== "object" || fingerprint === null || !Object.values(fingerprint).every(isText)) {
    throw damaged(name, "its fingerprint is missing");
  }
  let end = 0;
  const isInOrder = ({ from, to }: RowRange) => {
    const isNext = isCount(from) && isCount(to) && from >= end && to > from && to <= rows;
    end = to;
    return isNext;
  };
  if (!Array.isArray(ranges) || ranges.length === 0 || !ranges.every(isInOrder)) throw damaged(name, "its rows are wrong");
  try {
    const totals = mergeScores([{ sums }]);
    const covered = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
    if (totals.tokens > covered) throw new RangeError(`it has ${totals.tokens} tokens in ${covered} rows`);
    const first = checkedFirst(totals, firstNanRow, rows);
    if (first !== undefined && !ranges.some(({ from, to }) => first >= from && first < to)) {
      throw new RangeError(`row ${first} is not among its rows`);
    }
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) throw damaged(name, error.message);
    throw error;
  }
}

function damaged(name: string, reason: string): InputError {
  return new InputError(`${name}: is damaged (${reason}); score its rows again`);
}

/** The hash of a value as JSON keeps it. */
export function hashOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 32);
}

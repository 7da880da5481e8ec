import { InputError } from "../../files/input-error.js";
import type { Tensor } from "../../files/tensor.js";

/** Which target each row of the logits predicts. */
export interface Shift {
  /** Row i predicts the target i + by of its sequence; 0 when the targets are the next tokens already. */
  readonly by: number;
  /** Returns the position of a row's target among all targets; undefined for the last `by` rows of a sequence, which have none. */
  targetOf(row: number): number | undefined;
}

/** Tensors of these names hold the tokens that went into the model, as Hugging Face saves them: each row predicts the next one. */
const INPUTS = ["input_ids", "labels"];

/** Names of targets, in the order in which they are looked for. */
export const TARGET_NAMES = ["targets", "labels", "input_ids"] as const;

/**
 * Lines up targets with rows.
 * @param given the number of --shift; undefined: 1 for targets named input_ids or labels, else 0
 * @throws InputError when the numbers of rows and targets differ, or when the sequences to shift within are not known
 */
export function shiftOf(logits: Tensor, targets: Tensor, given: number | undefined): Shift {
  const by = given ?? (INPUTS.includes(targets.name) ? 1 : 0);
  const lengths = sequencesOf(logits);
  const sequences = lengths.reduce((sum, { count }) => sum + count, 0);
  if (targets.length !== logits.rows) throw otherLength(logits, targets, sequences);
  if (by === 0) return { by, targetOf: (row) => row };
  checkSequences(logits, targets, lengths, by);
  const ends = endsOf(lengths);
  return {
    by,
    targetOf: (row) => {
      const target = row + by;
      return target < ends(row) ? target : undefined;
    },
  };
}

/** Sequences of one length that follow each other. */
interface Sequences {
  readonly length: number;
  readonly count: number;
}

/** The sequences of logits [.., T, V]; logits [T, V] are one. */
function sequencesOf({ shape, entry }: Tensor): Sequences[] {
  return (entry.joined ?? [shape]).map((part) => {
    const length = part.at(-2) ?? 1;
    return { length, count: part.slice(0, -2).reduce((product, size) => product * size, 1) };
  });
}

/** Returns a function from a row to the end of its sequence. */
function endsOf(lengths: readonly Sequences[]): (row: number) => number {
  const parts: { readonly start: number; readonly end: number; readonly length: number }[] = [];
  for (const { length, count } of lengths) {
    const start = parts.at(-1)?.end ?? 0;
    parts.push({ start, end: start + length * count, length });
  }
  let current = 0;
  return (row) => {
    // rows are asked for in order, or nearly so
    while (row >= (parts[current]?.end ?? Number.POSITIVE_INFINITY)) current++;
    while (row < (parts[current]?.start ?? 0)) current--;
    const { start = 0, length = 1 } = parts[current] ?? {};
    return start + (Math.floor((row - start) / length) + 1) * length;
  };
}

function checkSequences(logits: Tensor, targets: Tensor, lengths: readonly Sequences[], by: number): void {
  if (logits.entry.joined?.some(({ length }) => length < 3)) {
    throw new InputError(
      `${logits.label}: consists of several files, and a shift needs to know where a sequence ends; ` +
        "save logits [1, T, V] in each file, or give the next tokens as targets with --shift 0",
    );
  }
  const own = targets.entry.joined === undefined && targets.shape.length > 1 ? targets.shape.at(-1) : undefined;
  const other = lengths.find(({ length, count }) => count > 0 && own !== undefined && length !== own);
  if (other !== undefined) {
    throw new InputError(
      `${targets.label}: has sequences of ${own} tokens, but ${logits.label} of ${other.length}, so they cannot be shifted; ` +
        "give both the same shape, or give the next tokens as targets with --shift 0",
    );
  }
  const longest = lengths.reduce((most, { length, count }) => (count > 0 ? Math.max(most, length) : most), 0);
  if (by < longest) return;
  throw new InputError(
    `--shift: expected less than ${longest}, the length of the sequences in ${logits.label} ([${logits.shape}]), got ${by}; ` +
      "logits of several sequences have the shape [sequences, T, V]",
  );
}

function otherLength(logits: Tensor, targets: Tensor, sequences: number): InputError {
  const expected = `${targets.label}: expected ${logits.rows} targets, one per row of the logits [${logits.shape}], got ${targets.length}`;
  if (targets.length !== logits.rows - sequences || targets.length === 0) return new InputError(expected);
  return new InputError(
    `${expected}: the last row predicts a next token that is not there; leave it out (logits[..., :-1, :]), ` +
      "or give all input ids with --shift 1",
  );
}

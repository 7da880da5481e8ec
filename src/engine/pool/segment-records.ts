/**
 * Columns of a tile's few rows on their way between threads, where rows are cut by classes: what a segment tells, to be joined in
 * the order of the segments, and what all of them came to, for the results of elements.
 *
 * A record holds six f64 for each of up to two rows (partition.ts: a tile of rows longer than a segment has no more).
 */
import type { RowProgram } from "../tiles/row-program.js";
import type { Workspace } from "../tiles/workspace.js";

const ROWS = 2;
const FIELDS = 6;
export const RECORD_BYTES = 8 * ROWS * FIELDS;

type Column = Float32Array | Float64Array;

/** Maxima, rests, dots and masses: of the first segment, or of one behind it. */
function statistics(workspace: Workspace, isFirst: boolean): Column[] {
  const { max, rest, mass, nextMax, nextRest } = workspace.views();
  const { memory, layout: at } = workspace;
  const column = (address: number): Float64Array => new Float64Array(memory.buffer, address, ROWS);
  return isFirst ? [max, rest, column(at.dot), mass] : [nextMax, nextRest, column(at.nextDot), column(at.nextMass)];
}

function recordAt({ memory }: Workspace, address: number): Float64Array {
  return new Float64Array(memory.buffer, address, ROWS * FIELDS);
}

/** Before a segment is measured apart: nothing of another one is in the columns that it adds to. */
export function clearForSegment(workspace: Workspace): void {
  const { loss, targetLogit } = workspace.views();
  loss.fill(0, 0, ROWS);
  targetLogit.fill(Number.NaN, 0, ROWS);
}

/** What a segment has left in the columns: maxima, sums, losses that are sums over elements, the logit of a target among them. */
export function saveSegment(workspace: Workspace, isFirst: boolean, rows: number, address: number): void {
  const record = recordAt(workspace, address);
  const { loss, targetLogit } = workspace.views();
  const columns = [...statistics(workspace, isFirst), loss, targetLogit];
  for (let r = 0; r < rows; r++) for (let f = 0; f < FIELDS; f++) record[f * ROWS + r] = columns[f]?.[r] as number;
}

/** Joins segments 0 .. `segments` - 1 in their order; the rows' own columns (`begin`) must be there. */
export function joinSegments(workspace: Workspace, program: RowProgram, rows: number, segments: number, address: number): void {
  clearForSegment(workspace);
  const { loss, targetLogit } = workspace.views();
  for (let s = 0; s < segments; s++) {
    const record = recordAt(workspace, address + s * RECORD_BYTES);
    const columns = statistics(workspace, s === 0);
    for (let r = 0; r < rows; r++) {
      for (const [f, column] of columns.entries()) column[r] = record[f * ROWS + r] as number;
      loss[r] = (loss[r] as number) + (record[4 * ROWS + r] as number);
      const target = record[5 * ROWS + r] as number;
      if (!Number.isNaN(target)) targetLogit[r] = target;
    }
    if (s > 0) program.join(rows);
  }
}

/** Columns that results of elements are made with, beside those that every thread loads itself. */
function resultColumns(workspace: Workspace): Column[] {
  const { max, rest, mass, upstream, targetLogit } = workspace.views();
  return [max, rest, mass, upstream, targetLogit];
}

export function saveResult(workspace: Workspace, rows: number, address: number): void {
  const record = recordAt(workspace, address);
  for (const [f, column] of resultColumns(workspace).entries()) {
    for (let r = 0; r < rows; r++) record[f * ROWS + r] = column[r] as number;
  }
}

export function loadResult(workspace: Workspace, rows: number, address: number): void {
  const record = recordAt(workspace, address);
  for (const [f, column] of resultColumns(workspace).entries()) {
    for (let r = 0; r < rows; r++) column[r] = record[f * ROWS + r] as number;
  }
}

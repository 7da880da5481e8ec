/** Runs the parts of one job in a worker's workspace. */
import type { ColumnName, Columns } from "../columns.js";
import type { Job } from "../job.js";
import { type JobArray, type Kind, mapArrays, type Use } from "../kind.js";
import { kindNamed } from "../kinds/all.js";
import type { RowRange } from "../tiles/run-rows.js";
import type { Workspace } from "../tiles/workspace.js";
import { partRange } from "./partition.js";
import { arrayAt, elementBytes, elementsOf, type Place, shiftOf, slice } from "./places.js";
import type { Published, RowWork } from "./published.js";

/** Shared buffers that came by mail, by number. */
export type Buffers = ReadonlyMap<number, ArrayBufferLike>;

/** Columns in the shared memory, from an entry on; those that nobody reduces go nowhere. */
class StoredColumns implements Columns {
  readonly #buffer: ArrayBufferLike;
  readonly #addresses: RowWork["columns"];
  readonly #entries: Partial<Record<ColumnName, number>> = {};
  readonly #first: number;

  constructor(buffer: ArrayBufferLike, addresses: RowWork["columns"], first: number) {
    this.#buffer = buffer;
    this.#addresses = addresses;
    this.#first = first;
  }

  add(column: ColumnName, values: Float64Array, count: number): void {
    this.#next(column, count)?.set(values.subarray(0, count));
  }

  skip(column: ColumnName, count: number): void {
    this.#next(column, count)?.fill(0);
  }

  #next(column: ColumnName, count: number): Float64Array | undefined {
    const address = this.#addresses[column];
    if (address === undefined) return undefined;
    const entry = this.#entries[column] ?? this.#first;
    this.#entries[column] = entry + count;
    return new Float64Array(this.#buffer, address + entry * 8, count);
  }
}

/**
 * A part of a job on rows, whose arrays begin with the row `origin`; its columns are in `buffer`, the pool's memory.
 * @throws Error as PartRunner's `run`.
 */
export function runRowPart(
  workspace: Workspace,
  buffer: ArrayBufferLike,
  kind: Kind,
  job: Job,
  work: RowWork,
  range: RowRange,
): void {
  const columns = new StoredColumns(buffer, work.columns, kind.reduction.entries(job, range.from));
  if (kind.run(workspace, job, columns, range)) throw new Error("wasm-cross-entropy: the input has changed while it was read");
}

export class PartRunner {
  readonly #workspace: Workspace;
  readonly #published: Published;
  readonly #kind: Kind;
  readonly #buffers: Buffers;
  /** With its arrays, where they are the same for all parts. */
  readonly #whole: Job | undefined;

  constructor(workspace: Workspace, published: Published, buffers: Buffers) {
    this.#workspace = workspace;
    this.#published = published;
    this.#kind = kindNamed(published.kind);
    this.#buffers = buffers;
    if (published.work.windows === null) this.#whole = this.#withArrays((place) => this.#array(place));
  }

  /** @throws Error when an element that was a probability is none any more. */
  run(part: number): void {
    const { work } = this.#published;
    const { from, to } = partRange(work.partition, part);
    const { buffer } = this.#workspace.memory;
    const job = this.#whole ?? this.#window(part, from, to);
    runRowPart(this.#workspace, buffer, this.#kind, job, work, { from, to, origin: this.#whole ? 0 : from });
  }

  /** The job with its arrays' windows on a part. */
  #window(part: number, from: number, to: number): Job {
    return this.#withArrays((place, use) => {
      const { ring, type, at } = place;
      if (!use.rows) return this.#array(place);
      if (!ring) return slice(this.#array(place), ...elementsOf(use, { from, to }, place.length));
      // the last part may be shorter, and its last row end with its classes: what is behind is never read
      const [start, end] = elementsOf(use, { from, to }, Number.POSITIVE_INFINITY);
      const length = Math.min(place.length, end - start);
      return this.#array({ type, at: at + (part % ring.slots) * ring.apart + shiftOf(ring, type, start), length });
    });
  }

  #withArrays(arrayOf: (place: Place, use: Use) => JobArray): Job {
    this.#workspace.keepBuffer();
    // what stands for an array in a published job is its place
    return mapArrays(this.#kind, this.#published.job as Job, (place, use) =>
      place === null ? place : (arrayOf(place as unknown as Place, use) as typeof place),
    );
  }

  #array({ type, at, length, buffer: number }: Place): JobArray {
    if (number === undefined) return arrayAt(this.#ownBuffer(at + length * elementBytes(type)), type, at, length);
    const buffer = this.#buffers.get(number);
    if (!buffer) throw new Error("wasm-cross-entropy: a buffer of the job has not arrived");
    return arrayAt(buffer, type, at, length);
  }

  /** The memory's buffer, which this thread may still see as it was before another one has grown it. */
  #ownBuffer(end: number): ArrayBufferLike {
    const { memory } = this.#workspace;
    if (memory.buffer.byteLength < end) {
      memory.grow(0);
      this.#workspace.keepBuffer();
    }
    return memory.buffer;
  }
}

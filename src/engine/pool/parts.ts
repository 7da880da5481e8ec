/** Runs the parts of a job, in a worker's workspace or on the caller. */
import type { ColumnName, Columns } from "../columns.js";
import type { Job, Outside } from "../job.js";
import { type JobArray, type Kind, mapArrays, type Use } from "../kind.js";
import { kindNamed } from "../kinds/all.js";
import type { RowRange } from "../tiles/run-rows.js";
import type { Workspace } from "../tiles/workspace.js";
import type { PoolMemory } from "./memory.js";
import { type Dealt, OUTSIDE_BYTES, type Published } from "./messages.js";
import { partRange } from "./partition.js";
import { arrayAt, elementBytes, elementsOf, type Place, shiftOf, slice, viewOf } from "./places.js";
import { checkThere } from "./staging.js";

/** Columns in the shared memory, from an entry on; those that nobody reduces go nowhere. */
class StoredColumns implements Columns {
  readonly #buffer: ArrayBufferLike;
  readonly #addresses: Dealt["columns"];
  readonly #entries: Partial<Record<ColumnName, number>> = {};
  readonly #first: number;

  constructor(buffer: ArrayBufferLike, addresses: Dealt["columns"], first: number) {
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

/** Runs a part of a job whose arrays begin with the row `origin`; its columns are in `buffer`, the pool's memory. */
function runPart(
  workspace: Workspace,
  buffer: ArrayBufferLike,
  kind: Kind,
  job: Job,
  { columns: addresses, outsides }: Dealt,
  part: number,
  range: RowRange,
): void {
  const columns = new StoredColumns(buffer, addresses, kind.reduction.entries(job, range.from));
  const outside = kind.run(workspace, job, columns, range);
  outsideAt(buffer, outsides, part).set(outside ? [outside.index, outside.value] : [-1, 0]);
}

/** What a part reports of the first element outside [0, 1]: its index, -1 for none, and its value. */
function outsideAt(buffer: ArrayBufferLike, outsides: number, part: number): Float64Array {
  return new Float64Array(buffer, outsides + part * OUTSIDE_BYTES, 2);
}

/** The first element outside [0, 1], when all parts are done. */
export function firstOutside(buffer: ArrayBufferLike, outsides: number, parts: number): Outside | undefined {
  for (let part = 0; part < parts; part++) {
    const [index, value] = outsideAt(buffer, outsides, part) as unknown as [number, number];
    if (index >= 0) return { index, value };
  }
  return undefined;
}

export class PartRunner {
  readonly #workspace: Workspace;
  readonly #published: Published;
  readonly #kind: Kind;
  /** Shared buffers that came by mail. */
  readonly #buffers: readonly ArrayBufferLike[];
  /** With its arrays, where they are the same for all parts. */
  readonly #whole: Job | undefined;

  constructor(workspace: Workspace, published: Published, buffers: readonly ArrayBufferLike[]) {
    this.#workspace = workspace;
    this.#published = published;
    this.#kind = kindNamed(published.kind);
    this.#buffers = buffers;
    if (published.windows === 0) this.#whole = this.#withArrays((place) => this.#array(place));
  }

  run(part: number): void {
    const { from, to } = partRange(this.#published.partition, part);
    const job = this.#whole ?? this.#window(part, from, to);
    const range = { from, to, origin: this.#whole ? 0 : from };
    runPart(this.#workspace, this.#workspace.memory.buffer, this.#kind, job, this.#published, part, range);
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
    const buffer = this.#buffers[number];
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

interface Given {
  readonly array: JobArray;
  readonly length: number;
}

/**
 * Parts that the caller computes itself: from its own arrays, as the plain functions do, without copying them before the workers.
 * On two processors a caller that only copies leaves a worker too few of them, and one that only waits leaves its own idle.
 */
export class CallerParts {
  /** Apart from the pool's memory: copying to a shared one is slow where the two differ in their alignment. */
  readonly #workspace: Workspace;
  readonly #memory: PoolMemory;
  readonly #kind: Kind;
  readonly #staged: Job;
  readonly #dealt: Dealt;
  /** The caller's arrays, in the order in which mapArrays comes by. */
  readonly #given: (Given | null)[] = [];

  constructor(workspace: Workspace, memory: PoolMemory, kind: Kind, job: Job, staged: Job, dealt: Dealt) {
    this.#workspace = workspace;
    this.#memory = memory;
    this.#kind = kind;
    this.#staged = staged;
    this.#dealt = dealt;
    mapArrays(kind, job, (array) => {
      this.#given.push(array && { array, length: viewOf(array).length });
      return array;
    });
  }

  /** @throws TypeError when an array was detached. */
  run(part: number): void {
    const { from, to } = partRange(this.#dealt.partition, part);
    const given = this.#given.values();
    const job = mapArrays(this.#kind, this.#staged, (place, use) => {
      const own = given.next().value;
      return own ? (this.#array(own, place as unknown as Place, use, from, to) as unknown as typeof place) : place;
    });
    runPart(this.#workspace, this.#memory.buffer(), this.#kind, job, this.#dealt, part, { from, to, origin: from });
  }

  #array(
    { array, length }: Given,
    { type, at, length: placed, buffer, ring }: Place,
    use: Use,
    from: number,
    to: number,
  ): JobArray {
    checkThere({ view: viewOf(array), length });
    if (use.rows) return slice(array, ...elementsOf(use, { from, to }, length));
    // what is copied back as a whole has to be whole there
    const isStaged = use.role === "write" && buffer === undefined && !ring;
    return isStaged ? arrayAt(this.#memory.buffer(), type, at, placed) : array;
  }
}

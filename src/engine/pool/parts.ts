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

/** Columns in shared memory, written from entry `first` on. Columns without an address are not reduced, and are dropped. */
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

/** Runs a part of a job whose arrays begin with the row `origin`. The columns are in `buffer`, the pool's memory. */
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
  /** The job with its arrays, if they are the same for all parts. */
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

  /** The job with its arrays in the windows of a part. */
  #window(part: number, from: number, to: number): Job {
    return this.#withArrays((place, use) => {
      const { ring, type, at } = place;
      if (!use.rows) return this.#array(place);
      if (!ring) return slice(this.#array(place), ...elementsOf(use, { from, to }, place.length));
      // the last part may be shorter, and its last row may end with its classes: nothing past them is read
      const [start, end] = elementsOf(use, { from, to }, Number.POSITIVE_INFINITY);
      const length = Math.min(place.length, end - start);
      return this.#array({ type, at: at + (part % ring.slots) * ring.apart + shiftOf(ring, type, start), length });
    });
  }

  #withArrays(arrayOf: (place: Place, use: Use) => JobArray): Job {
    // a published job has a Place instead of each array
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

  /** The memory's buffer. After another thread has grown the memory, this thread may still see the old buffer. */
  #ownBuffer(end: number): ArrayBufferLike {
    const { memory } = this.#workspace;
    if (memory.buffer.byteLength < end) memory.grow(0);
    // another thread may have grown the memory since the last array was made
    return this.#workspace.keepBuffer();
  }
}

interface Given {
  readonly array: JobArray;
  readonly length: number;
}

/**
 * Runs parts on the caller, from its own arrays and without copying them to the pool's memory, as the plain functions do. With two
 * processors, a caller that only copied would take one from the workers, and a caller that only waited would leave one idle.
 */
export class CallerParts {
  /** In unshared memory: copies to shared memory are slow when the two sides differ in alignment. */
  readonly #workspace: Workspace;
  readonly #memory: PoolMemory;
  readonly #kind: Kind;
  readonly #staged: Job;
  readonly #dealt: Dealt;
  /** The caller's arrays, in the order of mapArrays. */
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
    // a result that is copied back as a whole is written where the workers write it
    const isStaged = use.role === "write" && buffer === undefined && !ring;
    return isStaged ? arrayAt(this.#memory.buffer(), type, at, placed) : array;
  }
}

/** Work dealt by rows: windows filled and emptied while workers compute, columns added up in the order of the rows. */
import { type ColumnName, ColumnSums } from "../columns.js";
import type { Job, Sums } from "../job.js";
import type { Kind } from "../kind.js";
import type { CallSite, Phase, Work } from "./call.js";
import { CallerParts } from "./caller-parts.js";
import { type Partition, partitionOf, partRange } from "./partition.js";
import { elementsOf } from "./places.js";
import type { Publication } from "./publication.js";
import { Staging, type Units } from "./staging.js";

/** Windows take no more than this together, unless there would be fewer than threads. */
const MOST_WINDOW_BYTES = 64 * 1024 * 1024;

export class RowWork implements Work {
  readonly #site: CallSite;
  readonly #kind: Kind;
  readonly #job: Job;
  readonly #partition: Partition;
  readonly #units: Units;
  /** Parts for which a unit brings the input. */
  readonly #partsPerUnit: number;
  #staging: Staging | undefined;
  #columns: Partial<Record<ColumnName, { readonly at: number; readonly entries: number }>> = {};
  #words = 0;
  #brought = 0;
  #taken = 0;
  /** Parts from here on are the caller's. */
  #end: number;
  #caller: CallerParts | undefined;
  /** Parts in windows that the caller has computed all the same. */
  readonly #ownInWindows = new Set<number>();

  constructor(site: CallSite, kind: Kind, job: Job) {
    this.#site = site;
    this.#kind = kind;
    this.#job = job;
    const partition = partitionOf(kind, job, site.threads);
    this.#partition = partition;
    this.#end = partition.parts;
    const { isByColumns } = partition;
    this.#partsPerUnit = isByColumns ? Math.ceil(partition.block / partition.step) : 1;
    this.#units = isByColumns ? blocksOf(partition) : windowsOf(partition, job, site.threads);
  }

  start(): Phase {
    const { memory } = this.#site;
    const staging = new Staging(memory, this.#kind, this.#job, this.#units);
    this.#staging = staging;
    const { windows: slots } = this.#units;
    if (staging.hasWindows) {
      this.#words = staging.allocate(slots * 4);
      new Int32Array(memory.buffer(), this.#words, slots).fill(0);
    }
    const { to: rows } = partRange(this.#partition, this.#partition.parts - 1);
    const { reduction } = this.#kind;
    for (const column of reduction.columns(this.#job)) {
      const entries = reduction.entries(this.#job, rows);
      this.#columns[column] = { at: staging.allocate(entries * 8), entries };
    }
    const columns = Object.fromEntries(Object.entries(this.#columns).map(([name, { at }]) => [name, at]));
    const windows = staging.hasWindows ? { slots, words: this.#words } : null;
    const { parts } = this.#partition;
    const work = { partition: this.#partition, columns, windows };
    const isFed = staging.hasWindows && staging.isFed;
    const workspace = isFed ? this.#site.callerWorkspace() : undefined;
    if (workspace) this.#caller = new CallerParts(workspace, memory, this.#kind, this.#job, staging.job, work);
    return {
      published: { kind: this.#kind.name, job: staging.job, work },
      buffers: staging.buffers,
      parts,
      workers: isFed ? this.#site.fedThreads : this.#site.threads,
      ready: staging.isFed ? 0 : staging.hasWindows ? slots : parts,
    };
  }

  copy(publication: Publication, deadline: number, computes: boolean): boolean {
    const staging = this.#staging as Staging;
    const { windows, count } = this.#units;
    if (!staging.hasWindows) return this.#feed(staging, publication, count, deadline);
    const done = new Int32Array(this.#site.memory.buffer(), this.#words, windows);
    for (;;) {
      // a window that is done is emptied before it is filled again
      while (this.#taken < this.#brought && Atomics.load(done, this.#taken % windows) === this.#taken + 1) {
        if (performance.now() > deadline) return false;
        if (!this.#ownInWindows.delete(this.#taken)) staging.take(this.#taken);
        this.#taken++;
      }
      let most = Math.min(this.#end, this.#taken + windows);
      if (this.#caller) {
        // no further ahead of the workers than keeps them busy for the time of a part of the caller's
        most = Math.min(most, Math.max(this.#brought, publication.next + this.#site.fedThreads + 1));
        if (this.#brought === this.#end) publication.readyAll();
        if (this.#brought === most) {
          if (!computes || performance.now() > deadline) return false;
          if (!this.#help(this.#caller, publication, done)) return true;
          continue;
        }
      } else if (this.#brought === most) return true;
      if (!this.#feed(staging, publication, most, deadline)) return false;
    }
  }

  /** The caller computes a part: the last one that is not in a window yet, or else one that no worker has taken. False: there is none. */
  #help(caller: CallerParts, publication: Publication, done: Int32Array): boolean {
    if (this.#brought < this.#end) {
      publication.keepFrom(--this.#end);
      caller.run(this.#end);
    } else {
      const part = publication.claim();
      if (part === undefined) return false;
      caller.run(part);
      this.#ownInWindows.add(part);
      Atomics.store(done, part % done.length, part + 1);
    }
    publication.addDone();
    return true;
  }

  finish(): Sums {
    this.#staging?.takeRest();
    const sums = new ColumnSums();
    const buffer = this.#site.memory.buffer();
    for (const [name, { at, entries }] of Object.entries(this.#columns)) {
      sums.add(name as ColumnName, new Float64Array(buffer, at, entries), entries);
    }
    return this.#kind.reduction.sums(this.#job, sums);
  }

  free(): void {
    this.#staging?.free();
  }

  #feed(staging: Staging, publication: Publication, most: number, deadline: number): boolean {
    if (!staging.isFed && !staging.hasWindows) return true;
    while (this.#brought < most) {
      if (performance.now() > deadline) return false;
      staging.bring(this.#brought++);
      publication.ready(this.#brought * this.#partsPerUnit);
    }
    return true;
  }
}

/** Parts in windows that they take in turn. */
function windowsOf(partition: Partition, { layout }: Job, threads: number): Units {
  const elements = Math.min(partition.step, partition.rows) * Math.max(1, layout.stride / layout.inner);
  const windows = Math.max(threads + 1, Math.min(2 * threads + 4, Math.floor(MOST_WINDOW_BYTES / (elements * 4))));
  return {
    count: partition.parts,
    windows: Math.min(windows, partition.parts),
    elements: (use) => elementsOf(use, { from: 0, to: partition.step }, Number.POSITIVE_INFINITY)[1],
    range: (use, part, length) => elementsOf(use, partRange(partition, part), length),
  };
}

/** Outer indices, where rows of one are dealt to several parts. */
function blocksOf({ rows, block }: Partition): Units {
  return {
    count: rows / block,
    windows: 0,
    elements: () => 0,
    range: (use, unit, length) => elementsOf(use, { from: unit * block, to: (unit + 1) * block }, length),
  };
}

/** One call: its parts and windows, its memory, its promise. The protocol decides when each step is taken. */
import { type ColumnName, ColumnSums } from "../columns.js";
import type { Job } from "../job.js";
import type { Task } from "../task.js";
import type { Workspace } from "../tiles/workspace.js";
import type { PoolMemory } from "./memory.js";
import { OUTSIDE_BYTES, type Published, toBytes } from "./messages.js";
import { type Partition, partitionOf, partRange } from "./partition.js";
import { CallerParts, firstOutside } from "./parts.js";
import { elementsOf } from "./places.js";
import { type CallState, newCall, type Shares } from "./protocol.js";
import { Staging, type Units } from "./staging.js";

/** All windows together take no more than this, unless that left fewer windows than threads. */
const MOST_WINDOW_BYTES = 64 * 1024 * 1024;

/** What a call needs of its pool. */
export interface CallSite {
  readonly memory: PoolMemory;
  readonly threads: number;
  /** Workers for jobs whose input the caller copies: copying occupies a processor too. */
  readonly fedThreads: number;
  /** Maximum number of windows per call. */
  readonly windows: number;
  /** Workspace in which the caller computes parts of such jobs while the workers are busy; undefined if it only copies. */
  readonly callerWorkspace: () => Workspace | undefined;
  /** Sends a call's buffers to every worker and returns the message's number; 0 for none. */
  mail(call: number, buffers: readonly ArrayBufferLike[]): number;
}

export class Call<Result> {
  readonly promise: Promise<Result>;
  readonly state: CallState;
  readonly #site: CallSite;
  readonly #task: Task<Result>;
  #staging: Staging | undefined;
  #caller: CallerParts | undefined;
  #columns: Partial<Record<ColumnName, { readonly at: number; readonly entries: number }>> = {};
  #parts = 0;
  #outsides = 0;
  #error: { readonly reason: unknown } | undefined;
  #resolve: (result: Result) => void = () => {};
  #reject: (reason: unknown) => void = () => {};

  constructor(site: CallSite, task: Task<Result>, id: number) {
    this.#site = site;
    this.#task = task;
    this.state = newCall(id);
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Starts no further part, and rejects the promise once no worker uses the call's memory. The first reason counts. */
  fail(reason: unknown): void {
    this.#error ??= { reason };
    this.state.hasFailed = true;
  }

  /** Takes memory. @throws RangeError when it is full. */
  start(): Shares {
    const { memory, threads, fedThreads } = this.#site;
    const { kind, job } = this.#task;
    const { reduction } = kind;
    const partition = partitionOf(kind, job, threads);
    const units = partition.isByColumns ? blocksOf(partition) : windowsOf(partition, job, this.#site);
    const staging = new Staging(memory, kind, job, units);
    this.#staging = staging;
    const { parts } = partition;
    const { to: rows } = partRange(partition, parts - 1);
    for (const column of reduction.columns(job)) {
      const entries = reduction.entries(job, rows);
      this.#columns[column] = { at: staging.allocate(entries * 8), entries };
    }
    const columns = Object.fromEntries(Object.entries(this.#columns).map(([name, { at }]) => [name, at]));
    const windows = staging.hasWindows ? units.windows : 0;
    this.#parts = parts;
    this.#outsides = staging.allocate(parts * OUTSIDE_BYTES);
    const dealt = { partition, columns, windows, outsides: this.#outsides };
    const isFed = windows > 0 && staging.isFed;
    const workspace = isFed ? this.#site.callerWorkspace() : undefined;
    if (workspace) this.#caller = new CallerParts(workspace, memory, kind, job, staging.job, dealt);
    const mail = this.#site.mail(this.state.id, staging.buffers);
    const text = toBytes({ kind: kind.name, job: staging.job, mail, ...dealt } satisfies Published);
    const address = staging.allocate(text.length);
    new Uint8Array(memory.buffer(), address, text.length).set(text);
    return {
      parts,
      workers: isFed ? fedThreads : threads,
      units: windows > 0 || staging.isFed ? units.count : 0,
      partsPerUnit: partition.isByColumns ? Math.ceil(partition.block / partition.step) : 1,
      windows,
      isHelped: this.#caller !== undefined,
      text: address,
      bytes: text.length,
    };
  }

  /** Copies a unit's input. @throws TypeError when an array was detached. */
  bring(unit: number): void {
    this.#staging?.bring(unit);
  }

  /** Copies a part's results out of its window. @throws TypeError as `bring`. */
  take(part: number): void {
    this.#staging?.take(part);
  }

  /** Runs a part on the caller. @throws TypeError as `bring`. */
  compute(part: number): void {
    this.#caller?.run(part);
  }

  /** The call is over. */
  settle(): void {
    try {
      if (!this.#error) this.#resolve(this.#finish());
    } catch (error) {
      this.fail(error);
    }
    if (this.#error) this.#reject(this.#error.reason);
    this.#staging?.free();
  }

  #finish(): Result {
    const { kind, job } = this.#task;
    const buffer = this.#site.memory.buffer();
    const outside = firstOutside(buffer, this.#outsides, this.#parts);
    if (!outside) this.#staging?.takeRest();
    const columns = new ColumnSums();
    for (const [name, { at, entries }] of Object.entries(this.#columns)) {
      columns.add(name as ColumnName, new Float64Array(buffer, at, entries), entries);
    }
    const sums = kind.reduction.sums(job, columns);
    return this.#task.finish(outside ? { ...sums, outside } : sums);
  }
}

/** Each part is a unit; units take the windows in turn. */
function windowsOf(partition: Partition, { layout }: Job, { threads, windows: most }: CallSite): Units {
  const elements = Math.min(partition.step, partition.rows) * Math.max(1, layout.stride / layout.inner);
  const windows = Math.max(threads + 1, Math.min(most, Math.floor(MOST_WINDOW_BYTES / (elements * 4))));
  return {
    count: partition.parts,
    windows: Math.min(windows, partition.parts),
    elements: (use) => elementsOf(use, { from: 0, to: partition.step }, Number.POSITIVE_INFINITY)[1],
    range: (use, part, length) => elementsOf(use, partRange(partition, part), length),
  };
}

/** Each outer index is a unit, and its rows are divided into several parts. */
function blocksOf({ rows, block }: Partition): Units {
  return {
    count: rows / block,
    windows: 0,
    elements: () => 0,
    range: (use, unit, length) => elementsOf(use, { from: unit * block, to: (unit + 1) * block }, length),
  };
}

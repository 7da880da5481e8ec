/** A call on its way through the pool. */
import type { Sums } from "../job.js";
import type { Task } from "../task.js";
import type { Workspace } from "../tiles/workspace.js";
import type { Control } from "./control.js";
import type { PoolMemory } from "./memory.js";
import { Publication, type Shares } from "./publication.js";
import type { Published } from "./published.js";

/** What a call needs of its pool. */
export interface CallSite {
  readonly memory: PoolMemory;
  readonly control: Control;
  readonly threads: number;
  /** Workers for jobs whose input the caller copies, which takes a processor as well. */
  readonly fedThreads: number;
  /** Where the caller computes parts of such jobs itself while the workers have enough to do; undefined: it does not. */
  readonly callerWorkspace: () => Workspace | undefined;
  /** Sends buffers to every worker and gives the message's number; 0 for none. */
  mail(buffers: readonly ArrayBufferLike[]): number;
}

/** How the work of a job goes; a call drives it. */
export interface Work {
  /** Takes memory and says what is published. @throws RangeError when the memory is full; `free` is called then too. */
  start(): Phase;
  /** Copies what can be copied, and `computes` what the caller may, until the clock says `deadline`; false when some of it is left. */
  copy(publication: Publication, deadline: number, computes: boolean): boolean;
  /** When all parts are done and no worker is there any more. */
  finish(): Sums;
  free(): void;
}

export interface Phase extends Shares {
  readonly published: Omit<Published, "mail">;
  readonly buffers: readonly ArrayBufferLike[];
}

export class Call<Result> {
  readonly promise: Promise<Result>;
  readonly #task: Task<Result>;
  readonly #site: CallSite;
  readonly #work: Work;
  #place = -1;
  #publication: Publication | undefined;
  #error: { readonly reason: unknown } | undefined;
  #isClosed = false;
  #resolve: (result: Result) => void = () => {};
  #reject: (reason: unknown) => void = () => {};

  constructor(site: CallSite, task: Task<Result>, work: Work) {
    this.#site = site;
    this.#task = task;
    this.#work = work;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Of the job that is under way, if one is. */
  get sequence(): number | undefined {
    return this.#publication?.sequence;
  }

  start(place: number): void {
    this.#place = place;
    if (this.#error) return;
    try {
      this.#publish(this.#work.start());
    } catch (error) {
      this.fail(error);
    }
  }

  /** Begins no further part; the promise is rejected when no worker is at the job's memory any more. The first reason counts. */
  fail(reason: unknown): void {
    this.#error ??= { reason };
    this.#publication?.stop();
  }

  /** Does what is to be done now: "over" gives the place back, "busy" wants to be asked again soon. */
  advance(deadline: number, computes = true): "over" | "waiting" | "busy" {
    const publication = this.#publication;
    if (publication && !this.#error) {
      // the message that says why is on its way
      if (publication.hasFailed) return "waiting";
      // asked before: a part that is done while others are copied is copied the next time
      const { isDone } = publication;
      try {
        if (!this.#work.copy(publication, deadline, computes)) return "busy";
      } catch (error) {
        this.fail(error);
      }
      // the caller's own part may have been the last one
      if (!this.#error && !isDone) return publication.isDone ? "busy" : "waiting";
    }
    if (publication && !this.#isClosed) {
      if (!publication.close()) return "waiting";
      this.#isClosed = true;
    }
    return this.#settle();
  }

  #settle(): "over" {
    try {
      if (!this.#error) this.#resolve(this.#task.finish(this.#work.finish()));
    } catch (error) {
      this.fail(error);
    }
    if (this.#error) this.#reject(this.#error.reason);
    this.#work.free();
    return "over";
  }

  #publish({ published, buffers, ...shares }: Phase): void {
    const { memory, control } = this.#site;
    const mail = this.#site.mail(buffers);
    this.#publication = new Publication(memory, control, this.#place, { ...published, mail }, shares);
  }
}

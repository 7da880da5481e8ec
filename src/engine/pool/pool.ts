/**
 * The caller's side of a pool of workers on one shared memory. The caller is the owner in the protocol: a pool takes the owner's
 * steps and carries out their effects. Small calls run at once on the caller, which has its own scratch region.
 */
import { EngineClosedError, WorkerCrashedError } from "../../errors.js";
import type { Sums } from "../job.js";
import { FIRST, LocalRunner, PAGE, SCRATCH_PAGES } from "../local.js";
import type { Task } from "../task.js";
import { Call } from "./call.js";
import { isForUnsharedMemory, isWorthWaking, TURN } from "./cost.js";
import type { Host } from "./host.js";
import { PoolMemory } from "./memory.js";
import type { FromWorker, StartMessage } from "./messages.js";
import {
  ENGINE,
  forgetMail,
  HEAD,
  Layout,
  loseWorker,
  newOutbox,
  newOwner,
  type OwnerEffect,
  SharedWords,
  stepOwner,
  writeMail,
} from "./protocol.js";
import { Workers } from "./workers.js";

export interface PoolSettings {
  readonly host: Host;
  readonly threads: number;
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** First of the pages of the memory that the pool takes, as many as startPages says. */
  readonly page: number;
  readonly workerUrl: URL | string | undefined;
  /** Estimated time of a job, in nanoseconds, from which on workers are woken. */
  readonly least: number;
  /** The same kernels on an unshared memory, for jobs on the caller's own arrays; undefined with a module of the user's. */
  readonly plainRunner: (() => LocalRunner) | undefined;
}

type AnyCall = Call<unknown>;

export class Pool {
  readonly runner: LocalRunner;
  readonly memory: PoolMemory;
  readonly controlAddress: number;
  readonly #threads: number;
  readonly #least: number;
  readonly #host: Host;
  /** Workers for jobs whose input the caller copies: copying occupies a processor too. */
  readonly #fedThreads: number;
  readonly #plainRunner: (() => LocalRunner) | undefined;
  /** The same runner, if the caller computes parts. */
  readonly #callerRunner: (() => LocalRunner) | undefined;
  readonly #workers: Workers;
  readonly #layout: Layout;
  readonly #words: SharedWords;
  readonly #owner: ReturnType<typeof newOwner>;
  /** Calls that are not over, by their ids. */
  readonly #calls = new Map<number, AnyCall>();
  #made = 0;
  readonly #outbox = newOutbox();
  #closed: EngineClosedError | undefined;
  #ended: Promise<void> | undefined;
  #isWaiting = false;
  #isInTurn = false;
  #onIdle: () => void = () => {};

  /** A pool whose workers are ready. @throws RangeError when the memory has no room; what a worker throws as it starts. */
  static async start(settings: PoolSettings): Promise<Pool> {
    const pool = new Pool(settings);
    try {
      await pool.#workers.start(settings.threads);
    } catch (error) {
      await pool.#workers.end();
      throw error;
    }
    return pool;
  }

  private constructor({ host, threads, module, memory, page, workerUrl, least, plainRunner }: PoolSettings) {
    this.#layout = new Layout(threads);
    this.controlAddress = page * PAGE;
    this.#words = new SharedWords(memory.buffer, this.controlAddress, this.#layout);
    this.#words.store(HEAD.engine, ENGINE);
    this.#words.store(HEAD.workers, threads);
    this.#owner = newOwner(this.#layout);
    if (!("waitAsync" in Atomics)) this.#words.store(HEAD.byMessage, 1);
    const regions = page + controlPages(this.#layout);
    const baseOf = (index: number): number => (regions + index * SCRATCH_PAGES) * PAGE + FIRST;
    this.runner = new LocalRunner({ memory, module, base: baseOf(threads) });
    this.memory = new PoolMemory(this.runner, this.#words);
    this.#threads = threads;
    this.#least = least;
    this.#host = host;
    this.#plainRunner = plainRunner;
    if (host.mayCompute && threads > 1) this.#callerRunner = plainRunner;
    this.#fedThreads = Math.max(1, Math.min(this.#callerRunner ? threads - 1 : threads, host.threads() - 1));
    const startMessage = (index: number): StartMessage => ({
      kind: "start",
      memory,
      module,
      base: baseOf(index),
      control: this.controlAddress,
      workers: threads,
      index,
      mail: this.#outbox.last,
      earlier: this.#outbox.live.map(({ message }) => message),
    });
    const events = {
      message: (message: FromWorker) => this.#receive(message),
      lost: (index: number, reason: unknown) => this.#lose(index, reason),
      hopeless: (reason: unknown) => {
        this.#shut(new EngineClosedError(`no worker can be started any more: ${String(reason)}`));
      },
    };
    this.#workers = new Workers(host, workerUrl, events, startMessage);
  }

  /** Calls that are not over. */
  get pending(): number {
    return this.#calls.size;
  }

  /** Runs a task; the promise is rejected with the signal's reason when that comes first. */
  run<Result>(task: Task<Result>, signal?: AbortSignal): Promise<Result> {
    const { kind, job } = task;
    try {
      if (this.#closed) throw this.#closed;
      signal?.throwIfAborted();
      this.memory.checkInUse(kind, job);
      const time = kind.nanoseconds(job);
      if (isWorthWaking(time, this.#least)) return this.#runOnWorkers(task, signal);
      const isPlain = this.#plainRunner !== undefined && isForUnsharedMemory(time, kind, job);
      return Promise.resolve((isPlain ? this.#plainRunner() : this.runner).run(task));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #runOnWorkers<Result>(task: Task<Result>, signal: AbortSignal | undefined): Promise<Result> {
    const check = task.kind.check?.(task.job);
    if (!check) return this.#call(task, signal);
    // made before the check is over, so that a pool that is closing runs it too
    const finish = (sums: Sums): Result | Promise<Result> => (sums.outside ? task.finish(sums) : this.#call(task, signal));
    return this.#call<Result | Promise<Result>>({ ...check, finish }, signal) as Promise<Result>;
  }

  async #call<Result>(task: Task<Result>, signal: AbortSignal | undefined): Promise<Result> {
    const site = {
      memory: this.memory,
      threads: this.#threads,
      fedThreads: this.#fedThreads,
      windows: this.#layout.windows,
      callerWorkspace: () => this.#callerRunner?.().workspace,
      mail: (id: number, buffers: readonly ArrayBufferLike[]) => this.#send(id, buffers),
    };
    const call = new Call(site, task, ++this.#made);
    const { state } = call;
    this.#calls.set(state.id, call as AnyCall);
    this.#owner.queue.push(state);
    const abort = (): void => this.#abort(call as AnyCall, signal?.reason);
    signal?.addEventListener("abort", abort);
    // starts the call without computing parts: a caller that makes many calls in a row must not compute them one by one
    this.#turn(false);
    try {
      return await call.promise;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  #abort(call: AnyCall, reason: unknown): void {
    call.fail(reason);
    const { queue } = this.#owner;
    const queued = queue.indexOf(call.state);
    if (queued >= 0) {
      queue.splice(queued, 1);
      this.#settle(call);
    }
    this.#turn();
  }

  #settle(call: AnyCall): void {
    const { id } = call.state;
    call.settle();
    this.#calls.delete(id);
    forgetMail(this.#outbox, id);
  }

  /** Refuses further calls. Ends the workers when the calls under way are over or, with `abort`, have failed. */
  async close(abort: boolean): Promise<void> {
    this.#closed ??= new EngineClosedError();
    if (abort) this.#shut(this.#closed);
    if (this.pending > 0) {
      await new Promise<void>((resolve) => {
        const before = this.#onIdle;
        this.#onIdle = () => {
          before();
          resolve();
        };
      });
    }
    // no call is under way: the workers sleep, or look for one and find none
    this.#ended ??= this.#workers.end();
    await this.#ended;
  }

  /** Fails all calls. */
  #shut(error: EngineClosedError): void {
    this.#closed = error;
    for (const call of this.#calls.values()) call.fail(error);
    this.#turn();
  }

  #receive(message: FromWorker): void {
    if (message.kind === "failed") {
      for (const call of this.#calls.values()) if (call.state.sequence === message.sequence) call.fail(message.error);
    }
    this.#turn();
  }

  #lose(index: number, reason: unknown): void {
    const lost = loseWorker(this.#words, this.#layout, this.#owner, index);
    if (lost) this.#calls.get(lost.id)?.fail(new WorkerCrashedError(reason));
    this.#turn();
  }

  #send(call: number, buffers: readonly ArrayBufferLike[]): number {
    if (buffers.length === 0) return 0;
    const message = writeMail(this.#words, this.#outbox, call, buffers);
    this.#workers.send(message);
    return message.number;
  }

  /** One turn of the owner: advances every call, and schedules the next turn. */
  readonly #turn = (mayCompute = true): void => {
    // a call that ends may make the next one
    if (this.#isInTurn) return;
    this.#isInTurn = true;
    const deadline = performance.now() + TURN;
    for (;;) {
      const hasTime = performance.now() <= deadline;
      const effect = stepOwner(this.#words, this.#layout, this.#owner, hasTime, mayCompute);
      if (effect?.do === "rest") {
        this.#isInTurn = false;
        this.#rest(effect.isBusy, effect.seen);
        return;
      }
      if (effect) this.#do(effect);
    }
  };

  #do(effect: Exclude<OwnerEffect, { readonly do: "rest" }>): void {
    const call = this.#calls.get(effect.call.id) as AnyCall;
    try {
      switch (effect.do) {
        case "start":
          call.state.shares = call.start();
          break;
        case "bring":
          call.bring(effect.unit);
          break;
        case "take":
          call.take(effect.part);
          break;
        case "compute":
          call.compute(effect.part);
          break;
        case "settle":
          this.#settle(call);
      }
    } catch (error) {
      call.fail(error);
    }
  }

  #rest(isBusy: boolean, seen: number): void {
    const isIdle = this.pending === 0;
    this.#workers.hold(!isIdle);
    if (isIdle) this.#onIdle();
    else if (isBusy) this.#host.soon(() => this.#turn());
    else this.#wait(seen);
  }

  #wait(seen: number): void {
    if (this.#isWaiting || !("waitAsync" in Atomics)) return;
    const { async: isAsync, value } = Atomics.waitAsync(this.#words.array, HEAD.signal, seen);
    this.#isWaiting = true;
    const wake = (): void => {
      this.#isWaiting = false;
      this.#turn();
    };
    if (isAsync) void value.then(wake);
    else queueMicrotask(wake);
  }
}

function controlPages(layout: Layout): number {
  return Math.ceil((4 * layout.length) / PAGE);
}

/** Pages that a pool takes when it starts: its control words, and a scratch region for each thread and for the caller. */
export function startPages(threads: number): number {
  return controlPages(new Layout(threads)) + (threads + 1) * SCRATCH_PAGES;
}

/**
 * A pool of workers on one shared memory, seen from the caller. Calls begin in the order in which they were made, up to PLACES at
 * once; small ones run at once on the caller, which has a scratch region of its own.
 */
import { EngineClosedError, WorkerCrashedError } from "../../errors.js";
import { FIRST, growBy, LocalRunner, PAGE, SCRATCH_PAGES } from "../local.js";
import type { Task } from "../task.js";
import { Call } from "./call.js";
import { Control, controlBytes, HEAD, PLACES } from "./control.js";
import { isWorthWaking, SHORT } from "./cost.js";
import { Crew } from "./crew.js";
import type { Host } from "./host.js";
import { PoolMemory } from "./memory.js";
import type { FromWorker, MailMessage, StartMessage } from "./messages.js";
import { isOutside } from "./outside.js";
import { RowWork } from "./row-work.js";
import { TURN } from "./turns.js";

export interface PoolSettings {
  readonly host: Host;
  readonly threads: number;
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly workerUrl: URL | string | undefined;
  /** Nanoseconds of work that workers are woken for. */
  readonly least: number;
  /** The same kernels on a memory that is not shared, for what the caller computes of its own arrays; undefined: there are none. */
  readonly plainRunner: (() => LocalRunner) | undefined;
}

type AnyCall = Call<unknown>;

export class Pool {
  readonly runner: LocalRunner;
  readonly memory: PoolMemory;
  readonly control: Control;
  readonly controlAddress: number;
  readonly #threads: number;
  readonly #least: number;
  readonly #host: Host;
  /** Workers for jobs whose input is copied by the caller, who takes a processor too. */
  readonly #fedThreads: number;
  readonly #plainRunner: (() => LocalRunner) | undefined;
  /** The same where the caller is to compute parts. */
  readonly #callerRunner: (() => LocalRunner) | undefined;
  readonly #crew: Crew;
  readonly #queue: AnyCall[] = [];
  readonly #active: (AnyCall | undefined)[] = new Array(PLACES).fill(undefined);
  readonly #mail = new Map<number, { readonly message: MailMessage; readonly call: AnyCall | undefined }>();
  #mailCall: AnyCall | undefined;
  #mailed = 0;
  #closed: EngineClosedError | undefined;
  #ended: Promise<void> | undefined;
  #isWaiting = false;
  #isPumping = false;
  #onIdle: () => void = () => {};

  /** A pool whose workers are ready. @throws RangeError when the memory has no room; what a worker throws as it starts. */
  static async start(settings: PoolSettings): Promise<Pool> {
    const pool = new Pool(settings);
    try {
      await pool.#crew.start(settings.threads);
    } catch (error) {
      await pool.#crew.end();
      throw error;
    }
    return pool;
  }

  private constructor({ host, threads, module, memory, workerUrl, least, plainRunner }: PoolSettings) {
    const bytes = controlBytes(threads);
    this.controlAddress = growBy(memory, Math.ceil(bytes / PAGE)) * PAGE;
    this.control = new Control(memory.buffer, this.controlAddress, threads);
    if (!("waitAsync" in Atomics)) this.control.set(HEAD.byMessage, 1);
    const bases = Array.from({ length: threads }, () => growBy(memory, SCRATCH_PAGES) * PAGE + FIRST);
    this.runner = new LocalRunner({ memory, module });
    this.memory = new PoolMemory(this.runner, this.control, this.controlAddress);
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
      base: bases[index] as number,
      control: this.controlAddress,
      workers: threads,
      index,
      mail: this.#mailed,
      earlier: [...this.#mail.values()].map(({ message }) => message),
    });
    const events = {
      message: (message: FromWorker) => this.#receive(message),
      lost: (index: number, reason: unknown) => this.#lose(index, reason),
      hopeless: (reason: unknown) => {
        this.#shut(new EngineClosedError(`no worker can be started any more: ${String(reason)}`));
      },
    };
    this.#crew = new Crew(host, workerUrl, events, startMessage);
  }

  /** Calls that are not over. */
  get pending(): number {
    return this.#queue.length + this.#active.filter((call) => call).length;
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
      const isPlain = time > SHORT && this.#plainRunner !== undefined && isOutside(kind, job);
      return Promise.resolve((isPlain ? this.#plainRunner() : this.runner).run(task));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async #runOnWorkers<Result>(task: Task<Result>, signal: AbortSignal | undefined): Promise<Result> {
    const { kind, job } = task;
    // what is no probability is an error before any worker starts
    const outside = kind.check?.(this.runner.workspace, job);
    if (outside) return task.finish({ loss: 0, weight: 0, z: 0, kept: 0, outside });
    const site = {
      memory: this.memory,
      control: this.control,
      threads: this.#threads,
      fedThreads: this.#fedThreads,
      callerWorkspace: () => this.#callerRunner?.().workspace,
      mail: (buffers: readonly ArrayBufferLike[]) => this.#send(buffers),
    };
    const call = new Call(site, task, new RowWork(site, kind, job));
    const abort = (): void => this.#abort(call as AnyCall, signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    this.#queue.push(call as AnyCall);
    // to have begun is enough: who makes many calls one after the other should not have computed them when they are made
    this.#pump(false);
    try {
      return await call.promise;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  /** Takes no further calls; ends the workers when those under way are over or, with `abort`, have been given up. */
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
    this.#ended ??= this.#end();
    await this.#ended;
  }

  async #end(): Promise<void> {
    this.control.set(HEAD.closing, 1);
    this.control.add(HEAD.published, 1);
    this.control.wake(HEAD.published);
    await this.#crew.end();
  }

  /** Gives all calls up. */
  #shut(error: EngineClosedError): void {
    this.#closed = error;
    for (const call of [...this.#queue, ...this.#active]) call?.fail(error);
    this.#pump();
  }

  #abort(call: AnyCall, reason: unknown): void {
    call.fail(reason);
    const queued = this.#queue.indexOf(call);
    if (queued >= 0) {
      this.#queue.splice(queued, 1);
      call.advance(0);
    }
    this.#pump();
  }

  #receive(message: FromWorker): void {
    if (message.kind === "failed") {
      const call = this.#active.find((candidate) => candidate?.sequence === message.sequence);
      call?.fail(message.error);
    }
    this.#pump();
  }

  /** What the lost worker was at is lost too; where it was is free when it is no more. */
  #lose(index: number, reason: unknown): void {
    const word = this.control.worker(index);
    const place = this.control.get(word) - 1;
    this.control.set(word, 0);
    if (place >= 0) this.#active[place]?.fail(new WorkerCrashedError(reason));
    this.#pump();
  }

  #send(buffers: readonly ArrayBufferLike[]): number {
    if (buffers.length === 0) return 0;
    const message: MailMessage = { kind: "mail", number: ++this.#mailed, buffers };
    this.#mail.set(message.number, { message, call: this.#mailCall });
    this.control.set(HEAD.mail, message.number);
    this.#crew.send(message);
    return message.number;
  }

  /** Brings every call forward, begins the next ones, and sees to it that it is called again when there is something to do. */
  readonly #pump = (computes = true): void => {
    // a call that fails as it starts may come by again
    if (this.#isPumping) return;
    this.#isPumping = true;
    const seen = this.control.get(HEAD.signal);
    const isBusy = this.#advance(performance.now() + TURN, computes);
    this.#isPumping = false;
    const isIdle = this.pending === 0;
    this.#crew.hold(!isIdle);
    if (isIdle) this.#onIdle();
    else if (isBusy) this.#host.soon(() => this.#pump());
    else this.#wait(seen);
  };

  #advance(deadline: number, computes: boolean): boolean {
    let isBusy = false;
    for (let place = 0; place < PLACES; place++) {
      let call = this.#active[place];
      while (call || this.#queue.length > 0) {
        if (!call) {
          call = this.#queue.shift() as AnyCall;
          this.#active[place] = call;
          this.#mailCall = call;
          call.start(place);
        }
        this.#mailCall = call;
        const state = call.advance(deadline, computes);
        if (state === "busy") isBusy = true;
        if (state !== "over") break;
        for (const [number, mail] of this.#mail) if (mail.call === call) this.#mail.delete(number);
        call = undefined;
        this.#active[place] = undefined;
      }
    }
    return isBusy;
  }

  #wait(seen: number): void {
    if (this.#isWaiting || !("waitAsync" in Atomics)) return;
    const { async: isAsync, value } = Atomics.waitAsync(this.control.words, HEAD.signal, seen);
    this.#isWaiting = true;
    const wake = (): void => {
      this.#isWaiting = false;
      this.#pump();
    };
    if (isAsync) void value.then(wake);
    else queueMicrotask(wake);
  }
}

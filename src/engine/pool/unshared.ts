/**
 * One worker with its own memory, for runtimes that cannot share memory. The caller is not blocked; arrays are copied in both
 * directions. A job is posted with copies of the arrays that it reads, and its results are transferred back.
 */
import { EngineClosedError, WorkerCrashedError } from "../../errors.js";
import type { Job, Sums } from "../job.js";
import { type JobArray, mapArrays } from "../kind.js";
import { kindNamed } from "../kinds/all.js";
import { LocalRunner, unsharedMemory } from "../local.js";
import type { Task } from "../task.js";
import { isWorthWaking, TURN } from "./cost.js";
import type { Host, HostedWorker } from "./host.js";
import type { FromWorker, UnsharedAnswer, UnsharedQuestion, WorkerPort, Written } from "./messages.js";
import { arrayAt, elementBytes, typeOf, viewOf } from "./places.js";

interface Waiting {
  readonly outputs: JobArray[];
  resolve(sums: Sums): void;
  reject(reason: unknown): void;
}

export class UnsharedPool {
  readonly runner: LocalRunner;
  readonly #host: Host;
  readonly #module: WebAssembly.Module;
  readonly #url: URL | string | undefined;
  readonly #least: number;
  readonly #waiting = new Map<number, Waiting>();
  #worker: HostedWorker | undefined;
  #number = 0;
  #closed: EngineClosedError | undefined;
  #onIdle: (() => void)[] = [];

  static async start(
    host: Host,
    module: WebAssembly.Module,
    url: URL | string | undefined,
    least: number,
  ): Promise<UnsharedPool> {
    const pool = new UnsharedPool(host, module, url, least);
    await pool.#start();
    return pool;
  }

  private constructor(host: Host, module: WebAssembly.Module, url: URL | string | undefined, least: number) {
    this.#host = host;
    this.#module = module;
    this.#url = url;
    this.#least = least;
    this.runner = new LocalRunner({ module, memory: unsharedMemory(), base: -1 });
  }

  get pending(): number {
    return this.#waiting.size;
  }

  async run<Result>(task: Task<Result>, signal?: AbortSignal): Promise<Result> {
    if (this.#closed) throw this.#closed;
    signal?.throwIfAborted();
    if (!isWorthWaking(task.kind.nanoseconds(task.job), this.#least)) return this.runner.run(task);
    const number = ++this.#number;
    const abort = (): void => this.#settle(number)?.reject(signal?.reason);
    signal?.addEventListener("abort", abort);
    try {
      const sums = await new Promise<Sums>((resolve, reject) => {
        this.#waiting.set(number, { outputs: [], resolve, reject });
        this.#worker?.hold(true);
        this.#send(number, task).catch((error: unknown) => this.#settle(number)?.reject(error));
      });
      return task.finish(sums);
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  /** Copies the arrays that the job reads, in turns of the event loop, and posts the job. */
  async #send(number: number, { kind, job: given }: Task<unknown>): Promise<void> {
    const copies: (readonly [copy: JobArray, array: JobArray])[] = [];
    const job = mapArrays(kind, given, (array, { role }) => {
      if (array === null) return array;
      if (role === "write") {
        this.#waiting.get(number)?.outputs.push(array);
        return { type: typeOf(array), length: array.length } as unknown as typeof array;
      }
      const bytes = array.length * elementBytes(typeOf(array));
      const copy = arrayAt(new ArrayBuffer(bytes), typeOf(array), 0, array.length);
      copies.push([copy, array]);
      return copy as typeof array;
    });
    for (const [copy, array] of copies) await copyInTurns(viewOf(copy), viewOf(array), () => this.#waiting.has(number));
    if (!this.#waiting.has(number)) return;
    // transferred, so that the buffers are not copied again
    const buffers = copies.map(([copy]) => viewOf(copy).buffer as ArrayBuffer);
    this.#worker?.post({ kind: "job", number, name: kind.name, job }, buffers);
  }

  async close(abort: boolean): Promise<void> {
    this.#closed ??= new EngineClosedError();
    if (abort) for (const number of [...this.#waiting.keys()]) this.#settle(number)?.reject(this.#closed);
    if (this.pending > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.end();
  }

  #start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#worker = this.#host.start(this.#url, {
        message: (message) => {
          const known = message as FromWorker;
          if (known.kind === "ready") {
            this.#worker?.hold(this.pending > 0);
            resolve();
          } else if (known.kind === "answer" || known.kind === "refused") void this.#take(known);
        },
        gone: (reason) => {
          reject(reason);
          this.#lose(reason);
        },
      });
      this.#worker.hold(true);
      this.#worker.post({ kind: "start unshared", module: this.#module });
    });
  }

  /** Fails all calls and starts a new worker. */
  #lose(reason: unknown): void {
    this.#worker = undefined;
    for (const number of [...this.#waiting.keys()]) this.#settle(number)?.reject(new WorkerCrashedError(reason));
    if (this.#closed) return;
    this.#start().catch((failure: unknown) => {
      this.#closed = new EngineClosedError(`no worker can be started any more: ${String(failure)}`);
    });
  }

  async #take(answer: UnsharedAnswer): Promise<void> {
    const { number } = answer;
    const waiting = this.#waiting.get(number);
    // aborted in the meantime
    if (!waiting) return;
    if (answer.kind === "refused") {
      this.#settle(number)?.reject(answer.error);
      return;
    }
    try {
      // an element outside [0, 1]: nothing of the caller's is written
      const outputs = answer.sums.outside ? [] : waiting.outputs;
      for (const [i, output] of outputs.entries()) {
        const result = arrayAt(answer.written[i] as ArrayBuffer, typeOf(output), 0, output.length);
        await copyInTurns(viewOf(output), viewOf(result), () => this.#waiting.has(number));
      }
      this.#settle(number)?.resolve(answer.sums);
    } catch (error) {
      this.#settle(number)?.reject(error);
    }
  }

  #settle(number: number): Waiting | undefined {
    const waiting = this.#waiting.get(number);
    this.#waiting.delete(number);
    if (this.pending === 0) {
      this.#worker?.hold(false);
      for (const resolve of this.#onIdle.splice(0)) resolve();
    }
    return waiting;
  }
}

export class UnsharedWorker {
  readonly #runner: LocalRunner;

  constructor(module: WebAssembly.Module) {
    this.#runner = new LocalRunner({ module, memory: unsharedMemory(), base: -1 });
  }

  answer(port: WorkerPort, { number, name, job: given }: UnsharedQuestion): void {
    try {
      const written: JobArray[] = [];
      const kind = kindNamed(name);
      const job = mapArrays(kind, given as Job, (array, { role }) => {
        if (array === null || role === "read") return array;
        const { type, length } = array as unknown as Written;
        const made = arrayAt(new ArrayBuffer(length * elementBytes(type)), type, 0, length);
        written.push(made);
        return made as typeof array;
      });
      const sums = this.#runner.run({ kind, job, finish: (all) => all });
      const buffers = written.map((array) => viewOf(array).buffer as ArrayBuffer);
      port.post({ kind: "answer", number, sums, written: buffers }, buffers);
    } catch (error) {
      port.post({ kind: "refused", number, error });
    }
  }
}

/** Elements copied between two checks of the clock. */
const STEP = 262144;

/** Arrays whose elements one `set` copies. */
type Copyable = Float32Array | Float64Array | Int32Array | Uint16Array | Uint8Array;

/** target = source, in as many turns of the event loop as it takes. Stops when `goesOn` returns false. */
async function copyInTurns(target: Copyable, source: Copyable, goesOn: () => boolean): Promise<void> {
  let end = performance.now() + TURN;
  for (let at = 0; at < source.length && goesOn(); at += STEP) {
    if (performance.now() > end) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      end = performance.now() + TURN;
    }
    target.set(source.subarray(at, at + STEP), at);
  }
}

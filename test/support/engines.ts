/** Engines for tests: they wake their workers for any job, on a host that exposes the workers to the test. */
import { host as realHost } from "#pool-host";
import type { Host, HostedWorker } from "../../src/engine/pool/host.js";
import { Layout, SharedWords } from "../../src/engine/pool/protocol.js";
import type { Engine, EngineOptions } from "../../src/index.js";
import { createEngineOn } from "../../src/pool-engine.js";
import { type Call, makeCall } from "./calls.js";

/** A host that records the workers it starts, so that a test can end one without the engine's knowledge. */
export interface WatchedHost extends Host {
  /** The running workers. */
  readonly workers: readonly WatchedWorker[];
}

export interface WatchedWorker {
  /** Ends a worker as a crash would: the engine is notified only by the event. */
  kill(): Promise<void>;
  /** Sends a worker a message that makes it throw. */
  crash(): void;
}

export function watchedHost(overrides: Partial<Host> = {}): WatchedHost {
  const workers: WatchedWorker[] = [];
  return {
    ...realHost,
    workers,
    start(url, events) {
      let state: "starting" | "running" | "over" = "starting";
      const forget = (): void => {
        state = "over";
        const at = workers.indexOf(watched);
        if (at >= 0) workers.splice(at, 1);
      };
      const hosted = realHost.start(url, {
        message: (message) => {
          // The first message reports that the worker is ready. It may still arrive after the worker was asked to end.
          if (state === "starting") {
            state = "running";
            workers.push(watched);
          }
          events.message(message);
        },
        gone: (reason) => {
          forget();
          events.gone(reason);
        },
      });
      const watched: WatchedWorker = {
        async kill() {
          forget();
          // the host does not report the end of a worker that was asked to end
          await hosted.end();
          events.gone(new Error("killed by the test"));
        },
        crash: () => hosted.post(null),
      };
      const worker: HostedWorker = {
        ...hosted,
        end: () => {
          forget();
          return hosted.end();
        },
      };
      return worker;
    },
    ...overrides,
  };
}

/** An engine that gives even the smallest job to its workers. */
export function wakefulEngine(options?: EngineOptions, host: Host = realHost): Promise<Engine> {
  return createEngineOn(host, options, 0);
}

/**
 * Waits until the engine's first worker is in a job, without giving the event loop a turn. A job whose input the caller still has
 * to copy cannot end before the next turn, so a test that kills the worker now kills it during the job.
 */
export function spinUntilHeld(engine: Engine): void {
  const { memory, control: address, threads } = engine.handle();
  const layout = new Layout(threads);
  const words = new SharedWords(memory.buffer, address, layout);
  const end = performance.now() + 10_000;
  while (words.load(layout.worker(0)) === 0) {
    if (performance.now() > end) throw new Error("no worker has taken the job");
  }
}

/** Where the arrays of a call are placed before the call. */
export type Placing = "plain" | "engine" | "shared";

type Placed = Float32Array | Int32Array;

/** Many calls read the same arrays. None may write to one, or the next call on it differs. */
const sharedCopies = new WeakMap<Placed, Placed>();

function sharedCopy(array: Placed): Placed {
  let copy = sharedCopies.get(array);
  if (copy === undefined) {
    const View = array.constructor as typeof Float32Array;
    copy = new View(new SharedArrayBuffer(array.byteLength + 8), 4, array.length);
    copy.set(array);
    sharedCopies.set(array, copy);
  }
  return copy;
}

/** Calls a function on an engine with its float and Int32 arrays placed as asked, and frees what it allocated. */
export async function callOn(engine: Engine, call: Call, placing: Placing): Promise<unknown> {
  const allocated: Disposable[] = [];
  const place = (value: unknown): unknown => {
    if (value instanceof Float32Array || value instanceof Int32Array) return placed(value);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, place(member)]));
  };
  const placed = (array: Placed): Placed => {
    if (placing === "plain") return array;
    if (placing === "shared") return sharedCopy(array);
    const copy = engine.allocate(array instanceof Float32Array ? "float32" : "int32", array.length);
    copy.set(array);
    allocated.push(copy);
    return copy;
  };
  try {
    return await makeCall(engine, { ...call, args: call.args.map(place) });
  } finally {
    for (const array of allocated) array[Symbol.dispose]();
  }
}

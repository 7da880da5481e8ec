/** Engines for tests: whose workers are woken for anything, on a host that shows the workers to the test. */
import { host as realHost } from "#pool-host";
import type { Host, HostedWorker } from "../../src/engine/pool/host.js";
import { Layout, SharedWords } from "../../src/engine/pool/protocol.js";
import type { Engine, EngineOptions } from "../../src/index.js";
import { createEngineOn } from "../../src/pool-engine.js";
import { type Call, makeCall } from "./calls.js";

/** A host that notes every worker that it starts, so that a test can end one behind the engine's back. */
export interface WatchedHost extends Host {
  /** Workers that are up and running. */
  readonly workers: readonly WatchedWorker[];
}

export interface WatchedWorker {
  /** Ends it as a crash would: the engine learns of it by the event. */
  kill(): Promise<void>;
  /** Sends it something that makes it throw. */
  crash(): void;
}

export function watchedHost(overrides: Partial<Host> = {}): WatchedHost {
  const workers: WatchedWorker[] = [];
  const forget = (worker: WatchedWorker): void => {
    const at = workers.indexOf(worker);
    if (at >= 0) workers.splice(at, 1);
  };
  return {
    ...realHost,
    workers,
    start(url, events) {
      let hasBegun = false;
      const hosted = realHost.start(url, {
        message: (message) => {
          // the first one says that it is ready
          if (!hasBegun) workers.push(watched);
          hasBegun = true;
          events.message(message);
        },
        gone: (reason) => {
          forget(watched);
          events.gone(reason);
        },
      });
      const watched: WatchedWorker = {
        async kill() {
          forget(watched);
          // the host does not tell of a worker that was asked to end
          await hosted.end();
          events.gone(new Error("killed by the test"));
        },
        crash: () => hosted.post(null),
      };
      const worker: HostedWorker = {
        ...hosted,
        end: () => {
          forget(watched);
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
 * Waits, without giving the event loop a turn, until the engine's first worker is in a job. A job whose input the caller has still
 * to copy cannot end before the next turn, so that whoever kills the worker now kills it in the middle.
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

/** Where the arrays of a call are before it is made. */
export type Placing = "plain" | "engine" | "shared";

/** Makes a call on an engine with its float and Int32 arrays placed, and gives back what it allocated. */
export async function callOn(engine: Engine, call: Call, placing: Placing): Promise<unknown> {
  const allocated: Disposable[] = [];
  const place = (value: unknown): unknown => {
    if (value instanceof Float32Array || value instanceof Int32Array) return placed(value);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, place(member)]));
  };
  const placed = (array: Float32Array | Int32Array): Float32Array | Int32Array => {
    if (placing === "plain") return array;
    if (placing === "shared") {
      const View = array.constructor as typeof Float32Array;
      const copy = new View(new SharedArrayBuffer(array.byteLength + 8), 4, array.length);
      copy.set(array);
      return copy;
    }
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

/** Starting, replacing and ending workers (src/engine/pool/workers.ts), on a host that only writes down what is asked of it. */
import { expect, it } from "vitest";
import type { Host, HostedWorker, WorkerEvents } from "../../src/engine/pool/host.js";
import type { StartMessage } from "../../src/engine/pool/messages.js";
import { Workers } from "../../src/engine/pool/workers.js";

/** Two workers, all that happened so far, and the host's side of every worker that was started. */
async function twoWorkers() {
  const log: string[] = [];
  const started: WorkerEvents[] = [];
  const host: Host = {
    threads: () => 2,
    mayCompute: true,
    whyUnshared: () => undefined,
    soon: (callback) => callback(),
    start(_, events): HostedWorker {
      log.push("start");
      started.push(events);
      return { post: () => {}, end: () => Promise.resolve(), hold: () => {} };
    },
  };
  const workers = new Workers(
    host,
    undefined,
    {
      message: ({ kind }) => log.push(kind),
      lost: (index, reason) => log.push(`lost ${index}: ${String(reason)}`),
      hopeless: (reason) => log.push(`hopeless: ${String(reason)}`),
    },
    (index) => ({ kind: "start", index }) as StartMessage,
  );
  const ready = workers.start(2);
  for (const { message } of started) message({ kind: "ready" });
  await ready;
  log.length = 0;
  return { workers, log, started };
}

/** After the promises of a start that has failed. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

it("tells the owner of a death before it starts the next worker, which would take over the dead one's word", async () => {
  const { log, started } = await twoWorkers();
  started[1]?.gone("crash");
  expect(log).toEqual(["lost 1: crash", "start"]);
});

it("gives up after three new workers in a row have died before they were ready", async () => {
  const { log, started } = await twoWorkers();
  started[0]?.gone("crash");
  for (const reason of ["one", "two", "three"]) {
    started.at(-1)?.gone(reason);
    await settled();
  }
  expect(log).toEqual(["lost 0: crash", "start", "lost 0: one", "start", "lost 0: two", "start", "hopeless: three"]);
});

it("counts anew after a worker has been ready", async () => {
  const { log, started } = await twoWorkers();
  for (let i = 0; i < 5; i++) {
    started.at(-1)?.gone("crash");
    started.at(-1)?.gone("at its start");
    await settled();
    started.at(-1)?.message({ kind: "ready" });
  }
  expect(log.filter((line) => line.startsWith("hopeless"))).toEqual([]);
});

it("starts no worker after the end", async () => {
  const { workers, log, started } = await twoWorkers();
  await workers.end();
  started[0]?.gone("terminated");
  expect(log).toEqual(["lost 0: terminated"]);
});

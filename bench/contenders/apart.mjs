/**
 * Two threads that share nothing: each has half of the rows in its own memory and calls the plain function on them. This
 * is the most that two threads can gain on this machine, with any engine: two virtual processors may share one core, or be
 * shared with other machines.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";

/** @typedef {import("../../xent/build/bench/types.js").Contender} Contender */

const BOUND = 1e-7;

/** @type {Worker[]} */
const workers = [];

/** @returns {Worker[]} */
function bothWorkers() {
  while (workers.length < 2) {
    const worker = new Worker(new URL("apart-worker.mjs", import.meta.url));
    worker.unref();
    workers.push(worker);
  }
  return workers;
}

/**
 * @param {Worker} worker
 * @param {object} message
 * @returns {Promise<any>}
 */
async function ask(worker, message) {
  worker.ref();
  worker.postMessage(message);
  const [answer] = await once(worker, "message");
  worker.unref();
  return answer;
}

/** @returns {Contender} */
export function apartContender() {
  return {
    id: "apart-2-memory",
    label: "two plain functions, half each, in memory",
    data: "memory",
    async: true,
    bound: BOUND,
    missing: () => undefined,
    open: async ({ logits, targets, rows, classes }) => {
      const half = Math.ceil(rows / 2);
      const shares = bothWorkers().map((worker, i) => ({ worker, from: i * half, to: Math.min(rows, (i + 1) * half) }));
      const busy = shares.filter(({ from, to }) => to > from);
      await Promise.all(
        busy.map(({ worker, from, to }) =>
          ask(worker, { kind: "take", logits: logits.slice(from * classes, to * classes), targets: targets.slice(from, to) }),
        ),
      );
      /** @param {string} reduction */
      const call = (reduction) => Promise.all(busy.map(({ worker }) => ask(worker, { kind: "call", reduction })));
      return {
        run: async () => (await call("sum")).reduce((total, sum) => total + sum, 0) / rows,
        rowLosses: async () => Float32Array.from((await call("none")).flatMap((losses) => Array.from(losses))),
        close: () => {
          for (const { worker } of busy) worker.postMessage({ kind: "drop" });
        },
      };
    },
  };
}

/** node examples/node-workers/main.mjs: producers in worker_threads and one engine, without copies in between. See README.md. */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { SingleBar } from "cli-progress";
import { createEngine } from "wasm-cross-entropy";

const HELP = `Usage: node examples/node-workers/main.mjs [options]

  --producers N   workers that write logits (2)
  --threads N     workers of the engine (one per processor)
  --batches N     total batches of all producers (100)
  --rows N        rows per batch (64)
  --classes N     classes per row (50257)
  --json          print the summary as JSON
`;

const DEFAULTS = { producers: 2, threads: availableParallelism(), batches: 100, rows: 64, classes: 50257 };

/** Batches per producer: it writes one while the engine reads the other. */
const SLOTS = 2;

/**
 * @typedef {typeof DEFAULTS} Settings
 * @typedef {{ logits: Float32Array, targets: Int32Array }} Slot arrays in the engine's memory
 */

/** @returns {{ settings: Settings, json: boolean, help: boolean }} */
function parsed() {
  const options = Object.fromEntries(Object.keys(DEFAULTS).map((name) => [name, { type: /** @type {const} */ ("string") }]));
  const { values } = parseArgs({ options: { ...options, json: { type: "boolean" }, help: { type: "boolean" } } });
  const settings = { ...DEFAULTS };
  for (const name of /** @type {(keyof Settings)[]} */ (Object.keys(DEFAULTS))) {
    const text = /** @type {Record<string, string | undefined>} */ (/** @type {unknown} */ (values))[name];
    if (text === undefined) continue;
    settings[name] = Number(text);
    if (!Number.isSafeInteger(settings[name]) || settings[name] < 1)
      throw new RangeError(`--${name}: expected 1 or more, got ${text}`);
  }
  return { settings, json: values.json === true, help: values.help === true };
}

/** @param {Settings} settings */
async function run({ producers, threads, batches, rows, classes }) {
  const engine = await createEngine({ threads });
  /** @type {Worker[]} */
  const workers = [];
  const bar = new SingleBar({ format: "[{bar}] {percentage} %  {value}/{total} batches  {rate}  {eta} s left", etaBuffer: 20 });
  const begun = performance.now();
  const seconds = () => (performance.now() - begun) / 1000;
  let asked = 0;
  let scored = 0;
  let nats = 0;
  bar.start(batches, 0, { rate: "" });

  /** Runs one producer, whose slots go back and forth until enough batches are done. @param {number} seed */
  const produce = (seed) =>
    new Promise((resolve, reject) => {
      /** @type {Slot[]} */
      const slots = Array.from({ length: SLOTS }, () => ({
        logits: engine.allocate("float32", rows * classes),
        targets: engine.allocate("int32", rows),
      }));
      // posting shares the arrays: the producer sees the same memory
      const workerData = { handle: engine.handle(), slots, seed, classes };
      const worker = new Worker(new URL("./producer.mjs", import.meta.url), { workerData });
      workers.push(worker);
      let open = 0;
      /** @param {number} slot */
      const ask = (slot) => {
        if (asked < batches) {
          asked++;
          open++;
          worker.postMessage(slot);
        } else if (open === 0) resolve(undefined);
      };
      worker.on("error", reject);
      worker.on("message", (/** @type {number} */ slot) => {
        const { logits, targets } = slots[slot];
        engine.crossEntropy(logits, targets, { reduction: "sum" }).then((loss) => {
          open--;
          nats += loss;
          scored++;
          bar.update(scored, { rate: `${Math.round((scored * rows) / seconds())} rows/s` });
          ask(slot);
        }, reject);
      });
      for (let slot = 0; slot < SLOTS; slot++) ask(slot);
    });

  try {
    await Promise.all(Array.from({ length: producers }, (_, seed) => produce(seed)));
  } finally {
    bar.stop();
    await Promise.all(workers.map((worker) => worker.terminate()));
    await engine.close();
  }
  const elements = scored * rows * classes;
  return {
    batches: scored,
    rows: scored * rows,
    elements,
    seconds: seconds(),
    rowsPerSecond: (scored * rows) / seconds(),
    gigabytesPerSecond: (elements * 4) / seconds() / 1e9,
    meanLoss: nats / (scored * rows),
    threads,
    producers,
  };
}

try {
  const { settings, json, help } = parsed();
  if (help) process.stdout.write(HELP);
  else {
    const summary = await run(settings);
    const { batches, rows, seconds, rowsPerSecond, gigabytesPerSecond, meanLoss, threads, producers } = summary;
    process.stdout.write(
      json
        ? `${JSON.stringify(summary)}\n`
        : `${batches} batches (${rows} rows) of ${producers} producers, ${threads} threads, ${seconds.toFixed(2)} s: ` +
            `${Math.round(rowsPerSecond)} rows/s, ${gigabytesPerSecond.toFixed(2)} GB/s, mean loss ${meanLoss.toFixed(4)} nats\n`,
    );
  }
} catch (error) {
  process.stderr.write(`${/** @type {Error} */ (error).message}\n`);
  process.exitCode = 2;
}

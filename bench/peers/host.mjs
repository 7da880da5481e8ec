/**
 * Runs one entry of one peer in its own process, by the protocol of harness/remote.mjs: `node host.mjs FILE
 * forward|gradient ID INSTALLED`. INSTALLED is the folder of node_modules. Samples are taken by the sampler of the other
 * contenders, harness/sampler.mjs.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { makeSampler } from "../harness/sampler.mjs";

/**
 * @typedef {{ command: string, file: string, rows: number, classes: number, logits: string, targets: string, minTime: number }}
 *   Request with the arguments of its command
 */

// stdout is for replies, so the libraries print to stderr
console.log = console.info = console.debug = console.error;

const [file, task, id, installed] = process.argv.slice(2);
const { peer } = /** @type {{ peer: import("./types.mjs").Peer }} */ (await import(pathToFileURL(file).href));
const entry = (task === "gradient" ? peer.gradient : peer.forward).find((candidate) => candidate.id === id);
if (!entry) throw new Error(`${file}: no ${task} entry ${id}`);

/** @type {import("./types.mjs").Held | undefined} */
let held;
/** @type {import("../../xent/build/bench/types.js").Sampled | undefined} */
let sampler;

function opened() {
  if (!held) throw new Error("nothing is open");
  return held;
}

/** @param {string} path @returns {ArrayBuffer} */
function bytesOf(path) {
  return new Uint8Array(readFileSync(path)).buffer;
}

/** @type {Record<string, (request: Request) => object | Promise<object>>} */
const commands = {
  hello: async () => {
    const [name] = peer.packages;
    try {
      await peer.load();
    } catch (error) {
      // the message contains paths of the machine; the code of a system error is enough
      const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
      return { missing: `${name} does not load: ${code ?? message}` };
    }
    return { version: JSON.parse(readFileSync(join(installed, "node_modules", name, "package.json"), "utf8")).version };
  },
  open: async ({ rows, classes, logits, targets }) => {
    held = await entry.open({
      rows,
      classes,
      elements: rows * classes,
      logits: new Float32Array(bytesOf(logits)),
      targets: new Int32Array(bytesOf(targets)),
    });
    return {};
  },
  rows: async ({ file }) => {
    writeFileSync(file, Float64Array.from(await opened().rowLosses()));
    return {};
  },
  run: async () => ({ value: String(await opened().run()) }),
  sample: async ({ minTime }) => {
    sampler ??= makeSampler(entry.label, opened().run, { async: entry.async ?? false, minTime });
    const seconds = await sampler.sample();
    return { seconds, value: String(sampler.lastValue) };
  },
  gradient: ({ file }) => {
    const { gradient } = opened();
    if (!gradient) throw new Error("there is no gradient");
    writeFileSync(file, gradient());
    return {};
  },
};

/** @param {Request} request @returns {Promise<object>} */
async function replyTo(request) {
  try {
    return await commands[request.command](request);
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await replyTo(JSON.parse(line)))}\n`);
}
// a library's threads must not keep the process alive after the last request
process.exit();

// npm run soak: a million small calls and 10,000 large ones on one engine. Checks every result, reports the memory at the start,
// in the middle and at the end, and fails if memory has grown or if the closed engine leaves something open in the process.
// `--small N` and `--large N` change the numbers, `--json` prints one line of JSON.
import { parseArgs } from "node:util";
import { createEngine } from "wasm-cross-entropy";
import { crossEntropy } from "wasm-cross-entropy/deterministic";

const { values } = parseArgs({
  options: {
    small: { type: "string", default: "1000000" },
    large: { type: "string", default: "10000" },
    json: { type: "boolean", default: false },
  },
});
const small = Number(values.small);
const large = Number(values.large);
const MIB = 1024 * 1024;
/** Allowed growth of the process from the middle to the end: garbage that is not collected, not what calls leak. */
const SLACK = 32 * MIB;

const { gc } = globalThis;
if (!gc) throw new Error("run with node --expose-gc");

const engine = await createEngine({ threads: 2, deterministic: true });
const row = Float32Array.from({ length: 10 }, (_, i) => (i * 7) % 5);
const rowLoss = crossEntropy(row, 3);
const classes = 50257;
const logits = Float32Array.from({ length: 32 * classes }, (_, i) => ((i * 37) % 101) / 9);
const targets = Int32Array.from({ length: 32 }, (_, r) => r * 11);
const resident = engine.allocate("float32", logits.length);
resident.set(logits);
const loss = crossEntropy(logits, targets);

/** @param {number} calls @param {(i: number) => Promise<void>} call @param {string} what */
async function run(calls, call, what) {
  for (let i = 0; i < calls; i++) {
    await call(i);
    if (!values.json && process.stderr.isTTY && i % 1000 === 0) process.stderr.write(`\r\x1b[K${what}: ${i} of ${calls}`);
  }
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
}

/** @param {number} got @param {number} expected */
function check(got, expected) {
  if (got !== expected) throw new Error(`expected ${expected}, got ${got}`);
}

const smallCall = async () => check(await engine.crossEntropy(row, 3), rowLoss);
const largeCall = async (/** @type {number} */ i) => check(await engine.crossEntropy(i % 2 ? logits : resident, targets), loss);

/** @param {string} when */
function measured(when) {
  gc?.();
  const { memoryBytes, takenBytes, pending } = engine.info();
  return { when, memoryBytes, takenBytes, pending, rss: process.memoryUsage().rss };
}

await run(Math.ceil(small / 100), smallCall, "warm-up");
await run(Math.ceil(large / 100) + 2, largeCall, "warm-up");
const figures = [measured("start")];
for (const when of ["middle", "end"]) {
  await run(small / 2, smallCall, `small calls to the ${when}`);
  await run(large / 2, largeCall, `large calls to the ${when}`);
  figures.push(measured(when));
}
engine.free(resident);
await engine.close();
const open = process.getActiveResourcesInfo().filter((name) => !/^(TTYWrap|PipeWrap|FileHandle)$/.test(name));

if (values.json) console.log(JSON.stringify({ figures, open }));
else {
  for (const { when, memoryBytes, takenBytes, rss } of figures) {
    const mib = (/** @type {number} */ bytes) => (bytes / MIB).toFixed(1).padStart(7);
    console.log(`${when.padEnd(6)}  engine ${mib(memoryBytes)} MiB, of it taken ${mib(takenBytes)}; process ${mib(rss)} MiB`);
  }
  console.log(`left open: ${open.join(", ") || "nothing"}`);
}
const [start, middle, end] = figures;
if (end.memoryBytes !== start.memoryBytes || end.takenBytes !== start.takenBytes)
  throw new Error("the engine's memory has grown");
if (end.rss > middle.rss + SLACK) throw new Error("the process has grown");
if (open.length > 0) throw new Error("something is left open");

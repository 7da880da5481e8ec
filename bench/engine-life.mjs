/**
 * npm run bench:engine: the cost of an engine of two threads beside its calls. Times its creation up to the first result, in
 * fresh processes, and the processor time that it uses while idle.
 */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PROCESSES = 15;
const IDLE_SECONDS = 5;

/** @param {string} code @returns {number} */
function inProcess(code) {
  const program = `import { createEngine } from "wasm-cross-entropy"; ${code}`;
  return Number(execFileSync(process.execPath, ["--input-type=module", "--eval", program], { cwd: ROOT, encoding: "utf8" }));
}

/** Enough work to wake the workers: 1000 x 1000. */
const WORK = "const logits = new Float32Array(1e6); const targets = new Int32Array(1000);";

const FIRST_RESULT = `${WORK}
  const begun = performance.now();
  const engine = await createEngine({ threads: 2 });
  await engine.crossEntropy(logits, targets);
  console.log(performance.now() - begun);`;

const IDLE = `${WORK}
  const engine = await createEngine({ threads: 2 });
  for (let i = 0; i < 20; i++) await engine.crossEntropy(logits, targets);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const before = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, ${IDLE_SECONDS * 1000}));
  const { user, system } = process.cpuUsage(before);
  console.log((user + system) / 1000);`;

const times = Array.from({ length: PROCESSES }, () => inProcess(FIRST_RESULT)).sort((a, b) => a - b);
const idle = inProcess(IDLE);
const quartile = (/** @type {number} */ share) => times[Math.floor(share * (times.length - 1))].toFixed(1);
console.log(`${process.version}, ${PROCESSES} processes, two threads`);
console.log(`creation to first result: ${quartile(0.5)} ms (quartiles ${quartile(0.25)} and ${quartile(0.75)})`);
console.log(`idle: ${idle.toFixed(1)} ms of processor time in ${IDLE_SECONDS} s (${(idle / (IDLE_SECONDS * 10)).toFixed(2)} %)`);

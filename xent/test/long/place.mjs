// Inputs in a temporary folder, and processes of the built `xent` that use them.
import { fork } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const CLASSES = 32;
const CHILD = fileURLToPath(new URL("child.mjs", import.meta.url));
export const MAIN = fileURLToPath(new URL("../../build/cli/main.js", import.meta.url));

/** @param {number} seed @returns {() => number} a generator of numbers in [0, 1) (Mulberry32) */
export function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** @param {number} rows @param {number} shift @returns {Uint8Array} a .safetensors with logits, targets and token_bytes */
export function model(rows, shift) {
  const logits = Float32Array.from(
    { length: rows * CLASSES },
    (_, index) => Math.sin(index * 12.9898) * 4 + shift * Math.cos(index),
  );
  const targets = Int32Array.from({ length: rows }, (_, row) => idOf(row));
  targets[3] = -100;
  const bytes = Uint8Array.from({ length: CLASSES }, (_, id) => id % 5);
  const tensors = {
    logits: ["F32", [rows, CLASSES], logits],
    targets: ["I32", [rows], targets],
    token_bytes: ["U8", [CLASSES], bytes],
  };
  let at = 0;
  const header = Object.fromEntries(
    Object.entries(tensors).map(([name, [dtype, shape, data]]) => {
      const { byteLength } = /** @type {Float32Array} */ (data);
      at += byteLength;
      return [name, { dtype, shape, data_offsets: [at - byteLength, at] }];
    }),
  );
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, ...[logits, targets, bytes].map((data) => Buffer.from(data.buffer))]);
}

/** @param {number} row */
function idOf(row) {
  return (row * 7) % CLASSES;
}

/** @param {number} rows @returns {string} the JSON of a passage, with texts that CSV and JSON have to quote */
export function passage(rows) {
  const ids = Array.from({ length: rows }, (_, row) => idOf(row));
  return JSON.stringify({ ids, tokens: ids.map((id, row) => `${id}"${row},\n`) });
}

/**
 * A temporary folder with the inputs base.safetensors, other.safetensors and passage.json, for as long as `use` takes.
 *
 * @template Result
 * @param {number} rows
 * @param {(place: { folder: string, at: (name: string) => string, fresh: () => string }) => Promise<Result>} use
 */
export async function withPlace(rows, use) {
  const folder = mkdtempSync(join(tmpdir(), "xent-long-"));
  const at = (/** @type {string} */ name) => join(folder, name);
  writeFileSync(at("base.safetensors"), model(rows, 0));
  writeFileSync(at("other.safetensors"), model(rows, 0.1));
  writeFileSync(at("passage.json"), passage(rows));
  let folders = 0;
  const fresh = () => {
    const path = at(`run-${folders++}`);
    mkdirSync(path);
    return path;
  };
  try {
    return await use({ folder, at, fresh });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} folder @returns {string[]} */
export function namesIn(folder) {
  return readdirSync(folder).sort();
}

/**
 * @typedef {object} Ended
 * @property {number | null} code
 * @property {string | null} signal
 * @property {string} stdout
 * @property {string} stderr
 * @property {number} calls of the engine
 * @property {number} first the time of the first batch, by Date.now(); NaN before it
 */

/**
 * Starts the slow child.
 *
 * @param {readonly string[]} argv
 * @param {{ cwd: string, saveSeconds?: number, batchRows?: number, pause?: number | "HELD", models?: number, env?: Record<string, string> }} how
 */
export function start(argv, { cwd, saveSeconds = 0.1, batchRows = 10, pause = 8, models = 1, env = {} }) {
  const bytes = batchRows * CLASSES * 4 * models;
  const child = fork(CHILD, [saveSeconds, bytes, pause, ...argv, "--threads", "1"].map(String), {
    cwd,
    silent: true,
    execArgv: [],
    env: { ...process.env, ...env },
  });
  const ended = { stdout: "", stderr: "", calls: 0, first: Number.NaN };
  for (const name of /** @type {const} */ (["stdout", "stderr"])) {
    child[name]?.on("data", (text) => {
      ended[name] += text;
    });
  }
  /** @type {Promise<void>} */
  const begins = new Promise((resolve) =>
    child.on("message", (calls) => {
      ended.calls = Number(calls);
      if (calls !== 1) return;
      ended.first = Date.now();
      resolve();
    }),
  );
  /** @type {Promise<Ended>} */
  const done = new Promise((resolve) => child.on("close", (code, signal) => resolve({ ...ended, code, signal })));
  return { child, done, begins };
}

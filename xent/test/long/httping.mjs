import { fork } from "node:child_process";
import { closeSync, openSync, readSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { MAIN, random, withPlace } from "./place.mjs";
import { rangeServer } from "./range-server.mjs";

const CLASSES = 32_000;

/**
 * Scores a file of BF16 logits behind a local server whose connections are cut, slow or refused at random. The totals must have the
 * bits of the file itself, and the process must stay small. Then the file changes under way, which must end the run.
 *
 * @param {{ bytes: number, seed: number, say?: (line: string) => void }} how
 * @returns {Promise<{ requests: number, faults: number, megabytes: number, seconds: number, problems: string[] }>} `megabytes`: the most
 * memory that the process had
 */
export function httping({ bytes, seed, say = () => {} }) {
  return withPlace(1, async ({ at }) => {
    const path = at("large.safetensors");
    const size = writeLarge(path, Math.max(1, Math.floor(bytes / (2 * CLASSES))));
    const next = random(seed);
    const counts = { requests: 0, faults: 0, megabytes: 0, seconds: 0, problems: /** @type {string[]} */ ([]) };
    const descriptor = openSync(path, "r");
    const buffer = (/** @type {number} */ length) => Buffer.allocUnsafe(length);
    /** @type {import("./range-server.mjs").Store} */
    const store = {
      size,
      etag: '"first"',
      read: (position, length) => {
        const part = buffer(length);
        readSync(descriptor, part, 0, length, position);
        return part;
      },
      fault: ({ from, to }) => {
        counts.requests++;
        const kind = next();
        if (kind > 0.3) return undefined;
        counts.faults++;
        if (kind < 0.15) return { cut: Math.floor(next() * (to - from)) };
        return kind < 0.25 ? { pause: Math.floor(next() * 200) } : { status: 503 };
      },
    };
    const server = await rangeServer(store);
    try {
      const local = await run([path]);
      const remote = await run([`${server.origin}/large.safetensors`]);
      Object.assign(counts, { megabytes: Math.round(remote.megabytes), seconds: remote.seconds });
      say(`file: ${local.seconds.toFixed(1)} s, ${Math.round(local.megabytes)} MB`);
      say(`address: ${remote.seconds.toFixed(1)} s, ${Math.round(remote.megabytes)} MB, ${counts.faults} faults`);
      const totalsOf = (/** @type {string} */ stdout) => JSON.stringify({ ...JSON.parse(stdout), seconds: 0 });
      if (remote.code !== 0) counts.problems.push(`ended with ${remote.code}: ${remote.stderr}`);
      else if (totalsOf(remote.stdout) !== totalsOf(local.stdout)) counts.problems.push("other totals than those of the file");
      if (remote.megabytes > 300) counts.problems.push(`${Math.round(remote.megabytes)} MB of memory`);
      const due = counts.requests + 4;
      const { fault } = store;
      store.fault = (request) => {
        if (counts.requests === due) store.etag = '"second"';
        return fault?.(request);
      };
      const changed = await run([`${server.origin}/large.safetensors`]);
      say(`changed: ${changed.code}, ${changed.stderr.trim()}`);
      if (changed.code !== 2 || !/was changed while it was being read/.test(changed.stderr)) {
        counts.problems.push(`a changed file: code ${changed.code}, ${changed.stderr}`);
      }
      return counts;
    } finally {
      closeSync(descriptor);
      await server.close();
    }
  });
}

/**
 * Runs the built `xent score` with its peak memory.
 *
 * @param {readonly string[]} argv
 */
async function run(argv) {
  const begun = performance.now();
  const peak = "data:text/javascript,process.on('exit',()=>process.send(process.resourceUsage().maxRSS))";
  const child = fork(MAIN, ["score", ...argv, "--json", "--sums", "--threads", "2", "--deterministic"], {
    silent: true,
    execArgv: ["--import", peak],
  });
  const ended = { code: /** @type {number | null} */ (null), stdout: "", stderr: "", megabytes: 0 };
  for (const name of /** @type {const} */ (["stdout", "stderr"])) {
    child[name]?.on("data", (text) => {
      ended[name] += text;
    });
  }
  child.on("message", (kilobytes) => {
    ended.megabytes = Number(kilobytes) / 1000;
  });
  ended.code = await new Promise((resolve) => child.once("close", resolve));
  return { ...ended, seconds: (performance.now() - begun) / 1000 };
}

/**
 * Writes BF16 logits whose rows differ, with targets before them.
 *
 * @param {string} path
 * @param {number} rows
 * @returns {number} the size
 */
function writeLarge(path, rows) {
  const end = 4 * rows;
  const logits = 2 * CLASSES * rows;
  const header = JSON.stringify({
    targets: { dtype: "I32", shape: [rows], data_offsets: [0, end] },
    logits: { dtype: "BF16", shape: [rows, CLASSES], data_offsets: [end, end + logits] },
  });
  const head = Buffer.alloc(8 + header.length);
  head.writeBigUInt64LE(BigInt(header.length));
  head.write(header, 8);
  writeFileSync(path, head);
  const size = head.length + end + logits;
  truncateSync(path, size);
  const next = random(7);
  const words = new Uint16Array(CLASSES + 4096);
  // between -8 and 8: a sign, an exponent of 2^-3 to 2^2, seven bits
  for (let index = 0; index < words.length; index++) {
    words[index] = (next() < 0.5 ? 0x8000 : 0) | ((124 + Math.floor(next() * 6)) << 7) | Math.floor(next() * 128);
  }
  const descriptor = openSync(path, "r+");
  const targets = Int32Array.from({ length: rows }, (_, row) => (row * 7919) % CLASSES);
  writeSync(descriptor, new Uint8Array(targets.buffer), 0, end, head.length);
  for (let row = 0; row < rows; row++) {
    const from = (row * 37) % 4096;
    writeSync(
      descriptor,
      new Uint8Array(words.buffer, 2 * from, 2 * CLASSES),
      0,
      2 * CLASSES,
      head.length + end + 2 * CLASSES * row,
    );
  }
  closeSync(descriptor);
  return size;
}

/**
 * npm run bench:files: generates a large file of logits, scores it by `xent score` with one thread and with all, interrupts
 * and resumes a run, and removes the file. bench/README.md explains how it is measured. The totals must agree to the
 * bit, or there is no result.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { spread } from "../../xent/build/bench/statistics.js";
import { environment } from "../harness/environment.mjs";
import { filesSection } from "../harness/files-section.mjs";
import { progress } from "../harness/progress.mjs";
import { resultPath, writeCommittedResult, writeResult } from "../harness/results.mjs";
import { writeLargeFile } from "./large-file.mjs";
import { cat, jsLoop, numpy, xent } from "./processes.mjs";

/** @typedef {import("../harness/files-section.mjs").FilesResult} FilesResult */
/** @typedef {import("./processes.mjs").Ended} Ended */

const USUAL = { bytes: 8e9, classes: 151_936, rounds: 3 };
/** The loops get one row in this many, because all rows would take minutes. */
const PART = 8;
/** Largest relative difference of the loops' losses, in f64 and f32, from xent's. */
const NEAR = 1e-5;

const { values } = parseArgs({
  options: {
    bytes: { type: "string", default: String(USUAL.bytes) },
    classes: { type: "string", default: String(USUAL.classes) },
    rounds: { type: "string", default: String(USUAL.rounds) },
    folder: { type: "string", default: tmpdir() },
    python: { type: "string", default: "python3" },
    json: { type: "string" },
  },
});
const options = { bytes: Number(values.bytes), classes: Number(values.classes), rounds: Number(values.rounds) };
const rows = Math.ceil(options.bytes / options.classes / 2);
const rowBytes = options.classes * 2;
const bytes = rows * rowBytes;
const partRows = Math.max(1, Math.floor(rows / PART));

/** @param {boolean} holds @param {string} what */
function check(holds, what) {
  if (!holds) throw new Error(`bench:files: ${what}: no result`);
}

/** @param {Ended} ended @returns {Record<string, unknown>} the printed totals, without the time */
function totals({ code, stdout, stderr }) {
  check(code === 0 || code === 130, `a process ended with ${code}: ${stderr}`);
  const { seconds: _, ...rest } = JSON.parse(stdout);
  return rest;
}

/**
 * @param {string} label
 * @param {number} size
 * @param {() => Ended | Promise<Ended>} run
 */
async function contender(label, size, run) {
  const ended = [];
  for (let round = 0; round < options.rounds; round++) {
    progress(`${label}, round ${round + 1} of ${options.rounds}`);
    ended.push(await run());
  }
  const seconds = spread(ended.map((one) => one.seconds));
  const peaks = ended.flatMap(({ peakBytes }) => (peakBytes === undefined ? [] : [peakBytes]));
  const peakBytes = peaks.length === 0 ? null : Math.max(...peaks);
  return { ended, figures: { label, bytes: size, seconds, gigabytesPerSecond: size / seconds.median / 1e9, peakBytes } };
}

const folder = mkdtempSync(join(values.folder, "xent-files-"));
try {
  const [file, part, checkpoint] = ["all.safetensors", "part.safetensors", "checkpoint"].map((name) => join(folder, name));
  const told = (/** @type {number} */ row) => {
    if (row % 100 === 0 || row === rows) progress(`generating, row ${row} of ${rows}`);
  };
  await writeLargeFile(file, { rows, classes: options.classes }, told);
  await writeLargeFile(part, { rows: partRows, classes: options.classes });
  const score = (/** @type {string} */ path, /** @type {number} */ threads, /** @type {string[]} */ ...more) => [
    ...["score", path, "--json", "--sums", "--threads", String(threads), "--checkpoint", checkpoint],
    ...more,
  ];

  const plain = await contender("cat FILE > /dev/null", bytes, () => cat(file));
  const all = Math.max(2, availableParallelism());
  const one = await contender("xent score, 1 thread", bytes, () => xent(score(file, 1)));
  const several = await contender(`xent score, ${all} threads`, bytes, () => xent(score(file, all)));
  const expected = totals(one.ended[0]);
  for (const ended of [...one.ended, ...several.ended]) {
    check(JSON.stringify(totals(ended)) === JSON.stringify(expected), "totals differ between runs");
  }

  progress("interrupted and gone on with");
  const half = Math.ceil(bytes / 2 ** 24 / 2);
  const stopped = await xent(score(file, all), half);
  check(stopped.code === 130 && existsSync(checkpoint), `an interrupted run ended with ${stopped.code}: ${stopped.stderr}`);
  const resumed = await xent(score(file, all, "--resume"));
  check(JSON.stringify(totals(resumed)) === JSON.stringify(expected), "totals differ after an interruption");

  const partTotals = totals(await xent(score(part, all)));
  const isNear = (/** @type {Ended} */ { stdout }) => Math.abs(JSON.parse(stdout).nats / Number(partTotals.nats) - 1) < NEAR;
  const loop = await contender("plain JS loop", partRows * rowBytes, () => jsLoop(part));
  check(loop.ended.every(isNear), "the JS loop's losses differ");
  const python = numpy(values.python, part);
  const contenders = [plain, one, several, loop];
  if (python.code === 0) {
    const { version } = JSON.parse(python.stdout);
    contenders.push(await contender(`numpy ${version}`, partRows * rowBytes, () => numpy(values.python, part)));
    check(contenders[4].ended.every(isNear), "numpy's losses differ");
  }
  progress("");

  /** @type {FilesResult} */
  const result = {
    schema: 1,
    name: "files",
    date: new Date().toISOString(),
    environment: environment(),
    options: { ...options, rows, partRows },
    missing: python.code === 0 ? {} : { numpy: python.stderr.trim().split("\n").at(-1) ?? "no python" },
    contenders: contenders.map(({ figures }) => figures),
    interrupted: { rowsDone: JSON.parse(stopped.stdout).rows, peakBytes: resumed.peakBytes ?? null },
  };
  process.stdout.write(`${filesSection([result])}\n`);
  const isUsual = JSON.stringify(options) === JSON.stringify(USUAL);
  if (values.json !== undefined) writeResult(result, values.json);
  else if (isUsual) writeCommittedResult(result);
  const written = values.json ?? (isUsual ? resultPath(result) : undefined);
  process.stderr.write(written === undefined ? "not written: not the usual size\n" : `written to ${written}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

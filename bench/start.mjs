/**
 * npm run bench:start: how much longer than an empty process one takes that loads the package and computes a first loss, and the
 * sizes of tarball and bundles. bench/README.md explains how it is measured.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { takeTurns } from "../xent/build/bench/rounds.js";
import { spread } from "../xent/build/bench/statistics.js";
import { bundleSize } from "./harness/bundle-size.mjs";
import { environment } from "./harness/environment.mjs";
import { unpackPacked } from "./harness/packed.mjs";
import { progress } from "./harness/progress.mjs";
import { resultPath, writeCommittedResult } from "./harness/results.mjs";
import { startSection } from "./harness/start-section.mjs";

const ROUNDS = 41;
const WARM_UP_ROUNDS = 2;
const IMPORT = 'import { crossEntropy } from "wasm-cross-entropy";';
const EVERYTHING = 'import * as everything from "wasm-cross-entropy"; console.log(everything);';

/** In the order of the figures in `result`. */
const PROGRAMS = {
  empty: "",
  imported: IMPORT,
  firstLoss: `${IMPORT} if (!(crossEntropy(new Float32Array([2, 1, 0.5, 0.5, 2.5, 1]), [0, 1]) < 0.4)) process.exit(1);`,
};

/** @param {string} folder @returns {Promise<number[][]>} milliseconds, one array per program */
async function processTimes(folder) {
  const samplers = Object.entries(PROGRAMS).map(([name, code]) => {
    const file = join(folder, `${name}.mjs`);
    writeFileSync(file, code);
    return {
      lastValue: Number.NaN,
      sample: async () => {
        const begun = performance.now();
        const { status, stderr } = spawnSync(process.execPath, [file], { encoding: "utf8" });
        const time = performance.now() - begun;
        if (status !== 0) throw new Error(`${name}.mjs ended with ${status}: ${stderr}`);
        return time;
      },
    };
  });
  // the first processes load the files into the page cache
  await takeTurns(samplers, WARM_UP_ROUNDS, () => {});
  return takeTurns(samplers, ROUNDS, (round) => progress(`start, round ${round + 1} of ${ROUNDS}`));
}

/** @param {string} folder */
function kernelSizes(folder) {
  const sizes = ["kernels-plain.wasm", "kernels-relaxed.wasm"].map((name) => {
    const bytes = readFileSync(join(folder, "node_modules/wasm-cross-entropy/build/wasm", name));
    return [name, { bytes: bytes.length, gzipped: gzipSync(bytes, { level: 9 }).length }];
  });
  return Object.fromEntries(sizes);
}

const packed = unpackPacked();
try {
  const [empty, imported, firstLoss] = await processTimes(packed.folder);
  progress("");
  const longer = (/** @type {number[]} */ times) => spread(times.map((time, round) => time - empty[round]));
  /** @type {import("./harness/start-section.mjs").StartResult} */
  const result = {
    schema: 1,
    name: "start",
    date: new Date().toISOString(),
    environment: environment(),
    options: { rounds: ROUNDS },
    milliseconds: { empty: spread(empty), imported: spread(imported), firstLoss: spread(firstLoss) },
    longer: { imported: longer(imported), firstLoss: longer(firstLoss) },
    sizes: {
      tarball: packed.bytes,
      crossEntropy: await bundleSize(`${IMPORT} console.log(crossEntropy);`, packed.folder),
      everything: await bundleSize(EVERYTHING, packed.folder),
      kernels: kernelSizes(packed.folder),
    },
  };
  process.stdout.write(`${startSection([result])}\n`);
  writeCommittedResult(result);
  process.stderr.write(`written to ${resultPath(result)}\n`);
} finally {
  packed.remove();
}

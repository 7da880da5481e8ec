/**
 * The same loss in C with 128-bit FMA instructions (bench/native): the speed that a machine reaches with vectors of this width.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nativeProgram } from "../native/build.mjs";
import { Child } from "../native/child.mjs";

/**
 * @typedef {import("../../xent/build/bench/types.js").Contender} Contender
 * @typedef {import("../../xent/build/bench/types.js").Problem} Problem
 * @typedef {import("../../xent/build/bench/types.js").Opened} Opened
 * @typedef {{ id: string, label: string, block: (classes: number) => number }} Passes
 */

/**
 * A block of 512 to 1024 classes (the same time) stays in L1 between its passes. Three passes over a whole row from memory take a
 * quarter longer (docs/performance.md).
 *
 *
 * @type {Passes[]}
 */
const PASSES = [
  { id: "c-fma", label: "C, 128-bit FMA, three passes", block: (classes) => classes },
  { id: "c-fma-blocks", label: "C, 128-bit FMA, by blocks", block: () => 1024 },
];

/**
 * @param {{ gradient: boolean }} what
 * @returns {Contender[]}
 */
export function nativeContenders({ gradient }) {
  return PASSES.map(({ id, label, block }) => ({
    id,
    label,
    data: "memory",
    async: true,
    bound: 1e-6,
    // for a nearly certain target, the error of its exponential is relative to the small rest of 1 - p
    gradBound: 1e-3,
    missing: () => {
      const native = nativeProgram();
      return "missing" in native ? native.missing : undefined;
    },
    open: (problem) => openNative(problem, block(problem.classes), gradient),
  }));
}

/**
 * A process that holds the problem. It keeps its own clock, so the time of the messages does not count.
 *
 * @param {Problem} problem
 * @param {number} block
 * @param {boolean} gradient
 * @returns {Opened}
 */
function openNative({ logits, targets, rows, classes, elements }, block, gradient) {
  const native = nativeProgram();
  if ("missing" in native) throw new Error(native.missing);
  const folder = mkdtempSync(join(tmpdir(), "bench-native-"));
  const [input, output] = [join(folder, "input"), join(folder, "output")];
  writeFileSync(input, bytesOf(logits));
  writeFileSync(input, bytesOf(targets), { flag: "a" });
  const child = new Child(native.program, [rows, classes, block, gradient ? 1 : 0, input, output].map(String));

  return {
    run: async () => Number(await child.ask("run")),
    sampler: (minTime) => new NativeSampler(child, minTime),
    rowLosses: async () => {
      await child.ask("losses");
      return new Float64Array(fileBytes(output), 0, rows);
    },
    ...(gradient && {
      grad: {
        read: async () => {
          await child.ask("grad");
          return new Float32Array(fileBytes(output), 0, elements);
        },
        clear: async () => {
          await child.ask("clear");
        },
      },
    }),
    close: async () => {
      await child.close();
      rmSync(folder, { recursive: true });
    },
  };
}

class NativeSampler {
  lastValue = Number.NaN;
  #child;
  #minTime;

  /** @param {Child} child @param {number} minTime in seconds */
  constructor(child, minTime) {
    this.#child = child;
    this.#minTime = minTime;
  }

  /** @returns {Promise<number>} seconds per call */
  async sample() {
    const answer = await this.#child.ask(`sample ${this.#minTime}`);
    const [seconds, value] = answer.split(" ").map(Number);
    this.lastValue = value;
    return seconds;
  }
}

/** @param {Float32Array | Int32Array} array */
function bytesOf(array) {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** @param {string} path @returns {ArrayBuffer} */
function fileBytes(path) {
  const { buffer, byteOffset, byteLength } = readFileSync(path);
  return /** @type {ArrayBuffer} */ (buffer.slice(byteOffset, byteOffset + byteLength));
}

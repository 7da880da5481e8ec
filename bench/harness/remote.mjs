/**
 * Contenders in processes of their own. A library there keeps its threads, its backend and its WebAssembly memory to
 * itself, can be written in another language, and is identified if it crashes. The process does not use the processor
 * while it waits for its turn.
 *
 * Parent and host exchange lines of JSON over stdin and stdout, one request and one reply at a time. Arrays are passed in
 * files in a temporary folder, as raw numbers, so all contenders compute on the same bits. Loss values are passed as text,
 * because JSON has no NaN.
 *
 * | command    | takes                                   | returns                                           |
 * | ---------- | --------------------------------------- | ------------------------------------------------- |
 * | `hello`    |                                         | `missing`, why it cannot run here, or `version`   |
 * | `open`     | `rows`, `classes`, `logits` and `targets` (files: f32, i32) |                               |
 * | `rows`     | `file`, to which it writes the loss of each row, f64 |                                      |
 * | `run`      |                                         | `value` of one call                               |
 * | `sample`   | `minTime`, seconds                      | `seconds` per call, `value`                       |
 * | `gradient` | `file`, to which it writes the gradient of the last call, f32, before it drops it |         |
 *
 * Every reply may be `{ error }` instead.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** Characters from the end of a host's stderr that the error message includes if the host dies. */
const TOLD = 2000;
/** Milliseconds in which a host must exit after its stdin has been closed. */
const PATIENCE = 5000;

/**
 * @typedef {import("../../xent/build/bench/types.js").Contender} Contender
 * @typedef {{ command: string, args: readonly string[], env?: Record<string, string> }} Program
 * @typedef {{ missing?: string, version?: string, value?: string, seconds?: number, error?: string }} Reply
 */

/** A running host process. */
export class Host {
  #child;
  #stderr = "";
  #ended;
  /** @type {{ resolve: (reply: Reply) => void, reject: (error: Error) => void } | undefined} */
  #waiting;
  /** @type {Error | undefined} */
  #dead;

  /** @param {Program} program */
  constructor({ command, args, env = {} }) {
    const child = spawn(command, args, { env: { ...process.env, ...env } });
    this.#child = child;
    createInterface({ input: child.stdout }).on("line", (line) => this.#settle(({ resolve }) => resolve(JSON.parse(line))));
    child.stderr.on("data", (text) => {
      this.#stderr = `${this.#stderr}${text}`.slice(-TOLD);
    });
    // writing to a dead host fails; the error comes from its exit instead
    child.stdin.on("error", () => {});
    this.#ended = /** @type {Promise<void>} */ (
      new Promise((resolve) => {
        /** @param {Error} error */
        const end = (error) => {
          this.#dead = error;
          this.#settle(({ reject }) => reject(error));
          resolve();
        };
        child.on("error", end);
        child.on("close", (code, signal) => end(new Error(`ended with ${signal ?? `code ${code}`}: ${this.#stderr.trim()}`)));
      })
    );
  }

  /** @param {(waiting: { resolve: (reply: Reply) => void, reject: (error: Error) => void }) => void} how */
  #settle(how) {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting) how(waiting);
  }

  /**
   * @param {{ command: string, [argument: string]: string | number }} message
   * @returns {Promise<Reply>}
   * @throws {Error} the error in the reply, or the one with which the host has ended
   */
  async request(message) {
    if (this.#dead) throw this.#dead;
    const reply = await /** @type {Promise<Reply>} */ (
      new Promise((resolve, reject) => {
        this.#waiting = { resolve, reject };
        this.#child.stdin.write(`${JSON.stringify(message)}\n`);
      })
    );
    if (reply.error !== undefined) throw new Error(reply.error);
    return reply;
  }

  /** Ends the host, and resolves after its exit. */
  async close() {
    this.#child.stdin.end();
    const impatient = setTimeout(() => this.#child.kill("SIGKILL"), PATIENCE);
    await this.#ended;
    clearTimeout(impatient);
  }
}

/**
 * @param {Omit<Contender, "missing" | "open" | "async">} contender
 * @param {Program} program its host
 * @param {{ gradient: boolean, absent?: () => string | undefined }} how gradient: whether runs compute
 * one; absent: a reason why it
 *   cannot run that is known without starting the host
 * @returns {Contender}
 */
export function remoteContender(contender, program, { gradient, absent = () => undefined }) {
  return {
    ...contender,
    missing: () => absent() ?? reasonOf(program),
    open: (problem) => openRemote(contender.label, program, problem, gradient),
  };
}

/**
 * @param {Program} program
 * @returns {Promise<string | undefined>} why it cannot run here
 */
async function reasonOf(program) {
  const host = new Host(program);
  try {
    return (await host.request({ command: "hello" })).missing;
  } catch (error) {
    return /** @type {Error} */ (error).message;
  } finally {
    await host.close();
  }
}

/**
 * @param {string} label
 * @param {Program} program
 * @param {import("../../xent/build/bench/types.js").Problem} problem
 * @param {boolean} gradient
 * @returns {Promise<import("../../xent/build/bench/types.js").Opened>}
 */
async function openRemote(label, program, { rows, classes, logits, targets }, gradient) {
  const host = new Host(program);
  const folder = mkdtempSync(join(tmpdir(), `bench-${process.pid}-`));
  const close = async () => {
    await host.close();
    rmSync(folder, { recursive: true });
  };
  /** @param {Parameters<Host["request"]>[0]} message */
  const request = async (message) => {
    try {
      return await host.request(message);
    } catch (error) {
      throw new Error(`${label}, ${message.command}: ${/** @type {Error} */ (error).message}`);
    }
  };
  /** @param {string} command */
  const bytesOf = async (command) => {
    const file = join(folder, command);
    await request({ command, file });
    // copied, because numbers must be aligned, and readFileSync may return any part of a buffer
    const { buffer } = new Uint8Array(readFileSync(file));
    rmSync(file);
    return buffer;
  };
  try {
    const { version } = await request({ command: "hello" });
    const files = { logits: join(folder, "logits"), targets: join(folder, "targets") };
    writeFileSync(files.logits, logits);
    writeFileSync(files.targets, targets);
    await request({ command: "open", rows, classes, ...files });
    for (const file of Object.values(files)) rmSync(file);
    return {
      run: async () => Number((await request({ command: "run" })).value),
      sampler: (minTime) => {
        const sampled = {
          lastValue: Number.NaN,
          sample: async () => {
            const { seconds, value } = await request({ command: "sample", minTime });
            sampled.lastValue = Number(value);
            return Number(seconds);
          },
        };
        return sampled;
      },
      rowLosses: async () => new Float64Array(await bytesOf("rows")),
      // the host drops a gradient once it is read, so a later read returns a later one
      ...(gradient && { grad: { read: async () => new Float32Array(await bytesOf("gradient")), clear: () => {} } }),
      ...(version !== undefined && { version }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

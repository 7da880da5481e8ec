import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** A program that answers every line with one line, in order. */
export class Child {
  #process;
  #lines;

  /**
   * @param {string} program
   * @param {readonly string[]} args
   */
  constructor(program, args) {
    this.#process = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.#lines = createInterface(this.#process.stdout)[Symbol.asyncIterator]();
  }

  /**
   * @param {string} command
   * @returns {Promise<string>} the answer
   * @throws {Error} if the program has ended instead
   */
  async ask(command) {
    this.#process.stdin.write(`${command}\n`);
    const { done, value } = await this.#lines.next();
    if (done) throw new Error(`${this.#process.spawnfile} ended at ${JSON.stringify(command)}`);
    return value;
  }

  /** Ends the program. */
  async close() {
    if (this.#process.exitCode !== null) return;
    const exited = once(this.#process, "exit");
    this.#process.stdin.end();
    await exited;
  }
}

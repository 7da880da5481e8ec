import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Verdict } from "./verdict.js";

const SCRIPT = "xent/test/fuzz/oracle.py";

/** numpy's and safetensors' own readers, in a process of Python (oracle.py). */
export class Oracle {
  readonly #python: string;
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  /** @param python the interpreter, which needs numpy and safetensors */
  constructor(python: string) {
    this.#python = python;
    this.#process = spawn(python, [SCRIPT], { stdio: ["pipe", "pipe", "inherit"] });
    this.#lines = createInterface({ input: this.#process.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  }

  async verdictOf(path: string): Promise<Verdict> {
    this.#process.stdin?.write(`${path}\n`);
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error(`${this.#python} has ended; it needs numpy and safetensors`);
    return JSON.parse(value) as Verdict;
  }

  async versions(): Promise<string> {
    return execFileSync(this.#python, [SCRIPT, "--versions"], { encoding: "utf8" }).trim();
  }

  close(): void {
    this.#process.stdin?.end();
  }
}

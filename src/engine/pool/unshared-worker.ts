/**
 * A worker with a memory of its own, where none can be shared: a job comes with copies of what it reads, and its results go
 * back as
 * buffers that change hands.
 */
import type { Job } from "../job.js";
import { LocalRunner } from "../local.js";
import { sumsOf } from "../run-job.js";
import { type JobArray, mapArrays } from "./job-arrays.js";
import type { UnsharedQuestion, WorkerPort, Written } from "./messages.js";
import { arrayAt, elementBytes, viewOf } from "./places.js";

export class UnsharedWorker {
  readonly #runner: LocalRunner;

  constructor(module: WebAssembly.Module) {
    this.#runner = new LocalRunner({ module });
  }

  answer(port: WorkerPort, { number, job }: UnsharedQuestion): void {
    try {
      const written: JobArray[] = [];
      const whole = mapArrays(job as Job, (array, { role }) => {
        if (array === null || role === "read") return array;
        const { type, length } = array as unknown as Written;
        const made = arrayAt(new ArrayBuffer(length * elementBytes(type)), type, 0, length);
        written.push(made);
        return made as typeof array;
      });
      const sums = this.#runner.run(sumsOf(whole));
      const buffers = written.map((array) => viewOf(array).buffer as ArrayBuffer);
      port.post({ kind: "answer", number, sums, written: buffers }, buffers);
    } catch (error) {
      port.post({ kind: "refused", number, error });
    }
  }
}

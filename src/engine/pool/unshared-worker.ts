/**
 * A worker with a memory of its own, where none can be shared: a job comes with copies of what it reads, and its results go
 * back as
 * buffers that change hands.
 */
import type { Job } from "../job.js";
import { type JobArray, mapArrays } from "../kind.js";
import { kindNamed } from "../kinds/all.js";
import { LocalRunner } from "../local.js";
import type { UnsharedQuestion, WorkerPort, Written } from "./messages.js";
import { arrayAt, elementBytes, viewOf } from "./places.js";

export class UnsharedWorker {
  readonly #runner: LocalRunner;

  constructor(module: WebAssembly.Module) {
    this.#runner = new LocalRunner({ module });
  }

  answer(port: WorkerPort, { number, name, job: given }: UnsharedQuestion): void {
    try {
      const written: JobArray[] = [];
      const kind = kindNamed(name);
      const job = mapArrays(kind, given as Job, (array, { role }) => {
        if (array === null || role === "read") return array;
        const { type, length } = array as unknown as Written;
        const made = arrayAt(new ArrayBuffer(length * elementBytes(type)), type, 0, length);
        written.push(made);
        return made as typeof array;
      });
      const sums = this.#runner.run({ kind, job, finish: (all) => all });
      const buffers = written.map((array) => viewOf(array).buffer as ArrayBuffer);
      port.post({ kind: "answer", number, sums, written: buffers }, buffers);
    } catch (error) {
      port.post({ kind: "refused", number, error });
    }
  }
}

/** An engine's kernels in another thread, on the same memory: a scratch region of one's own, given back at the end. */
import { EngineClosedError } from "../errors.js";
import { mapArrays } from "./kind.js";
import { FIRST, growBy, LocalRunner, PAGE, SCRATCH_PAGES } from "./local.js";
import { ATTACHED_REGIONS, Control } from "./pool/control.js";
import { OwnBuffers } from "./pool/own-buffers.js";
import { viewOf } from "./pool/places.js";
import type { Runner, Task } from "./task.js";

export interface AttachedSettings {
  readonly memory: WebAssembly.Memory;
  readonly module: WebAssembly.Module;
  readonly control: number;
  readonly threads: number;
}

export class AttachedRunner implements Runner {
  readonly #runner: LocalRunner;
  readonly #owned: OwnBuffers;
  readonly #release: () => void;
  #isClosed = false;

  /** @throws RangeError when the memory has no room for the scratch region. */
  constructor({ memory, module, control: address, threads }: AttachedSettings) {
    const control = new Control(memory.buffer, address, threads);
    const { page, release } = takeRegion(control, memory);
    this.#runner = new LocalRunner({ memory, module, base: page * PAGE + FIRST });
    this.#owned = new OwnBuffers(this.#runner.workspace, control, address);
    this.#release = release;
  }

  run<Result>(task: Task<Result>): Result {
    if (this.#isClosed) throw new EngineClosedError();
    // arrays that were posted here are read in place once they are known to be of this memory
    mapArrays(task.kind, task.job, (array) => {
      if (array) this.#owned.has(viewOf(array).buffer);
      return array;
    });
    return this.#runner.run(task);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#release();
  }
}

/** A scratch region that nobody uses, or a new one; the table's full where more threads are attached than it has entries. */
function takeRegion(control: Control, memory: WebAssembly.Memory): { readonly page: number; readonly release: () => void } {
  for (let index = 0; index < ATTACHED_REGIONS; index++) {
    const { page, taken } = control.region(index);
    if (Atomics.compareExchange(control.words, taken, 0, 1) !== 0) continue;
    const release = (): void => control.set(taken, 0);
    try {
      if (control.get(page) === 0) control.set(page, growBy(memory, SCRATCH_PAGES));
    } catch (error) {
      release();
      throw error;
    }
    return { page: control.get(page), release };
  }
  return { page: growBy(memory, SCRATCH_PAGES), release: () => {} };
}

/** An engine's kernels in another thread, on the same memory: a scratch region of one's own, given back at the end. */
import { EngineClosedError } from "../errors.js";
import { mapArrays } from "./kind.js";
import { FIRST, growBy, LocalRunner, PAGE, SCRATCH_PAGES } from "./local.js";
import { OwnBuffers } from "./pool/memory.js";
import { viewOf } from "./pool/places.js";
import { ATTACHED_REGIONS, Layout, SharedWords } from "./pool/protocol.js";
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
    const layout = new Layout(threads);
    const words = new SharedWords(memory.buffer, address, layout);
    const { page, release } = takeRegion(words, layout, memory);
    this.#runner = new LocalRunner({ memory, module, base: page * PAGE + FIRST });
    this.#owned = new OwnBuffers(this.#runner.workspace, words);
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
function takeRegion(
  words: SharedWords,
  layout: Layout,
  memory: WebAssembly.Memory,
): { readonly page: number; readonly release: () => void } {
  for (let index = 0; index < ATTACHED_REGIONS; index++) {
    const { page, taken } = layout.region(index);
    if (Atomics.compareExchange(words.array, taken, 0, 1) !== 0) continue;
    const release = (): void => words.store(taken, 0);
    try {
      if (words.load(page) === 0) words.store(page, growBy(memory, SCRATCH_PAGES));
    } catch (error) {
      release();
      throw error;
    }
    return { page: words.load(page), release };
  }
  return { page: growBy(memory, SCRATCH_PAGES), release: () => {} };
}

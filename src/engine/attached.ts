/** Runs an engine's kernels in another thread on the same memory, with its own scratch region and arrays until release. */
import { wrongValue } from "../errors.js";
import { Arena } from "../memory/arena.js";
import { takeRegion } from "./attached-region.js";
import { mapArrays } from "./kind.js";
import { FIRST, growBy, LocalRunner, PAGE, SCRATCH_PAGES } from "./local.js";
import { OwnBuffers } from "./pool/memory.js";
import { viewOf } from "./pool/places.js";
import { ENGINE, HEAD, Layout, SharedWords } from "./pool/protocol.js";
import type { Runner, Task } from "./task.js";

export interface AttachedSettings {
  readonly memory: WebAssembly.Memory;
  readonly module: WebAssembly.Module;
  readonly control: number;
  readonly threads: number;
}

/**
 * @throws RangeError when `control` is not where an engine of this memory has its words, or the engine has not so many workers.
 */
export function checkWords(memory: WebAssembly.Memory, control: number, threads: number): void {
  // another thread may have grown the memory
  memory.grow(0);
  const { buffer } = memory;
  const isWithin = control % PAGE === 0 && control + 4 * new Layout(1).length <= buffer.byteLength;
  const words = isWithin ? new Int32Array(buffer, control, 16) : undefined;
  if (words === undefined || Atomics.load(words, HEAD.engine) !== ENGINE) {
    throw wrongValue("handle.control", "the address of an engine in handle.memory", control);
  }
  const workers = Atomics.load(words, HEAD.workers);
  if (threads !== workers) throw wrongValue("handle.threads", `${workers}, the engine's workers`, threads);
}

export class AttachedRunner implements Runner {
  readonly memory: WebAssembly.Memory;
  readonly arena: Arena;
  /** Memory below this address may hold data of earlier attachments. */
  readonly touched: number;
  readonly #runner: LocalRunner;
  readonly #owned: OwnBuffers;
  readonly #release: () => void;

  /** @throws RangeError when the memory has no room for the scratch region. */
  constructor({ memory, module, control: address, threads }: AttachedSettings) {
    const layout = new Layout(threads);
    const words = new SharedWords(memory.buffer, address, layout);
    const { page, isOrphan, release } = takeRegion(words, layout, () => growBy(memory, SCRATCH_PAGES));
    const chunks = new Chunks(memory, page, isOrphan);
    this.memory = memory;
    this.arena = new Arena((bytes) => chunks.take(bytes));
    this.touched = chunks.touched;
    this.#runner = new LocalRunner({ memory, module, base: page * PAGE + FIRST });
    this.#owned = new OwnBuffers(this.#runner.workspace, words);
    this.#release = release;
  }

  /** The memory's current buffer. Arrays on it are read in place. */
  buffer(): ArrayBufferLike {
    return this.#runner.buffer();
  }

  run<Result>(task: Task<Result>): Result {
    // An array posted to this thread has a new buffer object. `has` recognises the engine's memory, so it is read in place.
    mapArrays(task.kind, task.job, (array) => {
      if (array) this.#owned.has(viewOf(array).buffer);
      return array;
    });
    return this.#runner.run(task);
  }

  /** Returns the scratch region; later attachments reuse it. */
  release(): void {
    this.#release();
  }
}

/** Bytes reserved for the header at the start of each chunk and each scratch region. */
const HEADER_BYTES = 64;

interface Chunk {
  readonly start: number;
  readonly end: number;
}

/**
 * Memory for an attachment's arrays: chunks of pages appended to the engine's memory. Any thread may grow the memory.
 *
 * The chunks of a scratch region form a linked list. The region's header holds the page of the last chunk; a chunk's header holds
 * the page of the previous chunk and its own number of pages. The next attachment that takes the region reuses its chunks.
 */
class Chunks {
  readonly #memory: WebAssembly.Memory;
  readonly #region: number;
  readonly #earlier: Chunk[] = [];

  /** Another thread may still use the arrays of an orphan's region, so its chunks are left alone. */
  constructor(memory: WebAssembly.Memory, region: number, isOrphan: boolean) {
    this.#memory = memory;
    this.#region = region;
    if (isOrphan) this.#header(region)[0] = 0;
    for (let page = this.#header(region)[0]; page !== 0; page = this.#header(page)[0]) {
      this.#earlier.push(this.#chunk(page));
    }
    this.#earlier.sort((a, b) => a.end - a.start - (b.end - b.start));
  }

  get touched(): number {
    return this.#earlier.reduce((most, { end }) => Math.max(most, end), 0);
  }

  /** Returns a chunk of at least `bytes` bytes: the smallest one left by earlier attachments, or a new one. */
  take(bytes: number): Chunk | undefined {
    const at = this.#earlier.findIndex(({ start, end }) => end - start >= bytes);
    if (at >= 0) return this.#earlier.splice(at, 1)[0];
    const pages = Math.ceil((bytes + HEADER_BYTES) / PAGE);
    let page: number;
    try {
      page = this.#memory.grow(pages);
    } catch {
      return undefined;
    }
    const region = this.#header(this.#region);
    this.#header(page).set([region[0], pages]);
    region[0] = page;
    return this.#chunk(page);
  }

  #chunk(page: number): Chunk {
    return { start: page * PAGE + HEADER_BYTES, end: (page + this.#header(page)[1]) * PAGE };
  }

  #header(page: number): Int32Array {
    return new Int32Array(this.#memory.buffer, page * PAGE, 2);
  }
}

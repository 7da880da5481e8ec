/** Runs an engine's kernels in another thread on the same memory, with its own scratch region and arrays until release. */
import { Arena } from "../memory/arena.js";
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
    const { page, release } = takeRegion(words, layout, memory);
    const chunks = new Chunks(memory, page);
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

/** Takes a free scratch region from the shared table or appends a new one. With a full table the new region is never reused. */
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

  constructor(memory: WebAssembly.Memory, region: number) {
    this.#memory = memory;
    this.#region = region;
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

/** The core of a local engine: runs a job synchronously, on one instance of the kernels and one memory. */

import { wrongValue } from "../errors.js";
import { Arena } from "../memory/arena.js";
import { layoutAt } from "../memory/layout.js";
import { instantiateModule, isShared, newMemory } from "../wasm/module.js";
import { ColumnSums } from "./columns.js";
import type { Runner, Task } from "./task.js";
import { Workspace } from "./tiles/workspace.js";

export const PAGE = 65536;
/** Offset of the scratch region in its first page: the kernels take address 0 as "no array". */
export const FIRST = 64;
/** Pages of a scratch region. */
export const SCRATCH_PAGES = Math.ceil(layoutAt(FIRST).end / PAGE);

export interface LocalRunnerOptions {
  /** The kernels, compiled for this kind of memory. */
  readonly module: WebAssembly.Module;
  /** The memory to work in. */
  readonly memory: WebAssembly.Memory;
  /** Address of an existing scratch region; -1 to append one to the memory. */
  readonly base: number;
}

export class LocalRunner implements Runner {
  readonly memory: WebAssembly.Memory;
  readonly arena: Arena;
  readonly workspace: Workspace;

  constructor({ module, memory, base: given }: LocalRunnerOptions) {
    this.memory = memory;
    const base = given < 0 ? growBy(memory, SCRATCH_PAGES) * PAGE + FIRST : given;
    this.arena = new Arena((bytes) => this.#grow(bytes));
    this.workspace = new Workspace(instantiateModule(module, memory), memory, base, this.arena);
  }

  /** The memory's current buffer. Arrays on it are read in place. */
  buffer(): ArrayBufferLike {
    this.workspace.keepBuffer();
    return this.memory.buffer;
  }

  run<Result>(task: Task<Result>): Result {
    const { kind, job } = task;
    const columns = new ColumnSums();
    const outside = kind.run(this.workspace, job, columns, { from: 0, to: job.layout.rows, origin: 0 });
    const sums = kind.reduction.sums(job, columns);
    return task.finish(outside ? { ...sums, outside } : sums);
  }

  /** Appends pages to the memory for the arena. Growing an unshared memory would detach the arrays handed out so far. */
  #grow(bytes: number): { start: number; end: number } | undefined {
    if (!isShared(this.memory) && this.arena.takenBytes > 0) {
      throw wrongValue("allocate", `room for ${bytes} bytes`, "an unshared memory, which cannot grow while arrays are in use");
    }
    this.workspace.keepBuffer();
    try {
      // not up to the memory's end: another thread may have grown it since
      const pages = Math.ceil(bytes / PAGE);
      const start = this.memory.grow(pages) * PAGE;
      return { start, end: start + pages * PAGE };
    } catch {
      return undefined;
    }
  }
}

/** Appends `pages` pages and returns the index of the first. */
export function growBy(memory: WebAssembly.Memory, pages: number): number {
  try {
    return memory.grow(pages);
  } catch {
    throw wrongValue("options.memory", `room for ${pages} more pages of 64 KiB`, "a memory at its maximum");
  }
}

/** Largest sizes in pages to ask for, one after the other: where address space is scarce, a maximum is refused. */
const MAXIMA = [65536, 16384, 4096, 1024];

/**
 * Starts something on a memory that grows on demand. It is shared where the runtime has shared memory: a shared memory keeps its
 * arrays when it grows, and its maximum only reserves address space. With too little of it V8 refuses a maximum, or gives a memory
 * that cannot grow; so `use`, which grows the memory, is tried with smaller ones too.
 *
 * @param most - largest size in pages.
 * @throws RangeError when there is no address space for any memory.
 */
export function onGrowableMemory<Result>(use: (memory: WebAssembly.Memory) => Result, most = 65536): Result {
  for (const maximum of MAXIMA) {
    try {
      const descriptor = { __proto__: null, initial: 0, maximum: Math.min(most, maximum), shared: true };
      return use(new WebAssembly.Memory(descriptor as WebAssembly.MemoryDescriptor));
    } catch (error) {
      // TypeError: no shared memory in this runtime
      if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
    }
  }
  return use(unsharedMemory());
}

/** An unshared memory that grows on demand. @throws RangeError when there is no address space for any. */
export function unsharedMemory(): WebAssembly.Memory {
  return newMemory(0, ...MAXIMA);
}

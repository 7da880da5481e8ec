/** The core of a local engine: runs a job synchronously, on one instance of the kernels and one memory. */

import { wrongValue } from "../errors.js";
import { Arena } from "../memory/arena.js";
import { layoutAt } from "../memory/layout.js";
import { instantiateModule, isShared } from "../wasm/module.js";
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
  /** The memory to work in; the scratch region is appended to it. Default: a new unshared memory. */
  readonly memory?: WebAssembly.Memory;
  /** Address of an existing scratch region. */
  readonly base?: number | undefined;
}

export class LocalRunner implements Runner {
  readonly memory: WebAssembly.Memory;
  readonly arena: Arena;
  readonly workspace: Workspace;

  constructor(options: LocalRunnerOptions) {
    this.memory = options.memory ?? new WebAssembly.Memory({ initial: 0 });
    const base = options.base ?? growBy(this.memory, SCRATCH_PAGES) * PAGE + FIRST;
    this.workspace = new Workspace(instantiateModule(options.module, this.memory), this.memory, base);
    this.arena = new Arena((bytes) => this.#grow(bytes));
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
      const start = this.memory.grow(Math.ceil(bytes / PAGE)) * PAGE;
      return { start, end: this.memory.buffer.byteLength };
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

/**
 * Creates a memory that grows on demand. It is shared where the runtime has shared memory: a shared memory keeps its arrays when
 * it grows, and its maximum only reserves address space.
 *
 * @param most - largest size in pages.
 */
export function growableMemory(most = 65536): WebAssembly.Memory {
  for (const maximum of [65536, 16384, 4096]) {
    try {
      return new WebAssembly.Memory({ initial: 0, maximum: Math.min(most, maximum), shared: true });
    } catch {
      // no shared memory in this runtime, or not enough address space for this maximum
    }
  }
  return new WebAssembly.Memory({ initial: 0 });
}

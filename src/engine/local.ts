/** The local engine's core: runs a job here and now, on one instance of the kernels in one memory. */

import { wrongValue } from "../errors.js";
import { Arena } from "../memory/arena.js";
import { layoutAt } from "../memory/layout.js";
import { instantiateModule, isShared } from "../wasm/module.js";
import { ColumnSums } from "./columns.js";
import type { Runner, Task } from "./task.js";
import { Workspace } from "./tiles/workspace.js";

export const PAGE = 65536;
/** The region starts here in its pages: address 0 means "no array" to the kernels. */
export const FIRST = 64;
/** Pages of a scratch region. */
export const SCRATCH_PAGES = Math.ceil(layoutAt(FIRST).end / PAGE);

export interface LocalRunnerOptions {
  /** The kernels, compiled for this kind of memory. */
  readonly module: WebAssembly.Module;
  /** The memory to work in: the scratch region is appended to it. Default: an unshared one of its own. */
  readonly memory?: WebAssembly.Memory;
  /** Where the scratch region is, if there is one already. */
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

  /** The memory's present buffer, for arrays that are to be read in place. */
  buffer(): ArrayBufferLike {
    this.workspace.keepBuffer();
    return this.memory.buffer;
  }

  /** Where `array` lies when it is read in place, -1 when it is copied. */
  addressOf(array: Float32Array): number {
    return this.workspace.addressOf(array);
  }

  run<Result>(task: Task<Result>): Result {
    const { kind, job } = task;
    const columns = new ColumnSums();
    const outside = kind.run(this.workspace, job, columns, { from: 0, to: job.layout.rows, origin: 0 });
    const sums = kind.reduction.sums(job, columns);
    return task.finish(outside ? { ...sums, outside } : sums);
  }

  /** Whole pages at the end of the memory, for the arena; an unshared memory would lose the views handed out so far. */
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

/** The page where the new ones start. */
export function growBy(memory: WebAssembly.Memory, pages: number): number {
  try {
    return memory.grow(pages);
  } catch {
    throw wrongValue("options.memory", `room for ${pages} more pages of 64 KiB`, "a memory at its maximum");
  }
}

/**
 * A memory of one's own. A shared one keeps its arrays when it grows, and its maximum is only an address range.
 *
 * @param most - pages that it may have at most.
 */
export function growableMemory(most = 65536): WebAssembly.Memory {
  for (const maximum of [65536, 16384, 4096]) {
    try {
      return new WebAssembly.Memory({ initial: 0, maximum: Math.min(most, maximum), shared: true });
    } catch {
      // no shared memory here, or no address range of that size
    }
  }
  return new WebAssembly.Memory({ initial: 0 });
}

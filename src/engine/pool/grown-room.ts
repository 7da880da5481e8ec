/** Memory for a worker's jobs that need more than the tiles: pages appended to the pool's memory, and kept for the next job. */
import { wrongValue } from "../../errors.js";
import { PAGE } from "../local.js";
import type { Rooms } from "../tiles/workspace.js";

export class GrownRoom implements Rooms {
  readonly #memory: WebAssembly.Memory;
  #start = 0;
  #bytes = 0;

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
  }

  /** A worker runs one job at a time, so there is one room. */
  allocate(bytes: number): number {
    if (bytes <= this.#bytes) return this.#start;
    const pages = Math.ceil(bytes / PAGE);
    try {
      this.#start = this.#memory.grow(pages) * PAGE;
    } catch {
      throw wrongValue("options.maximumMemory", `room for ${bytes} more bytes in each worker`, "a memory that is full");
    }
    this.#bytes = pages * PAGE;
    return this.#start;
  }

  free(): boolean {
    return true;
  }
}

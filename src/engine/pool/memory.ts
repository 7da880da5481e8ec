/** The shared memory of a pool as its owner sees it: whose arrays are in it, and bytes for jobs under way. */
import { describe, wrongValue } from "../../errors.js";
import type { Arena } from "../../memory/arena.js";
import type { Job } from "../job.js";
import { type Kind, mapArrays } from "../kind.js";
import type { LocalRunner } from "../local.js";
import type { Workspace } from "../tiles/workspace.js";
import type { Control } from "./control.js";
import { OwnBuffers } from "./own-buffers.js";
import { viewOf } from "./places.js";

export class PoolMemory {
  readonly memory: WebAssembly.Memory;
  readonly workspace: Workspace;
  readonly arena: Arena;
  readonly #owned: OwnBuffers;
  /** Whether a caller's array was given back. Before that none can be used too late, and looking for one takes .5 us a call. */
  #hasFreed = false;

  constructor(runner: LocalRunner, control: Control, controlAddress: number) {
    this.memory = runner.memory;
    this.workspace = runner.workspace;
    this.arena = runner.arena;
    this.#owned = new OwnBuffers(runner.workspace, control, controlAddress);
  }

  isOwn(buffer: ArrayBufferLike): boolean {
    return this.#owned.has(buffer);
  }

  /** @throws RangeError when an array of the job is in this memory and was freed. */
  checkInUse(kind: Kind, job: Job): void {
    if (!this.#hasFreed) return;
    mapArrays(kind, job, (array) => {
      if (array === null) return array;
      const view = viewOf(array);
      const { buffer, byteOffset, byteLength } = view;
      if (byteLength > 0 && this.isOwn(buffer) && this.arena.isFree(byteOffset, byteOffset + byteLength)) {
        throw wrongValue("array", "one that is allocated", `a ${describe(view)} of this engine that was freed`);
      }
      return array;
    });
  }

  /** @throws RangeError when there is no room. */
  allocate(bytes: number): number {
    return this.arena.allocate(bytes);
  }

  free(address: number): void {
    this.arena.free(address);
  }

  /** Gives back what a caller had; false when nothing is allocated there. */
  freeArray(address: number): boolean {
    this.#hasFreed = true;
    return this.arena.free(address);
  }

  /** The buffer with all that is allocated. */
  buffer(): ArrayBufferLike {
    this.workspace.keepBuffer();
    return this.memory.buffer;
  }
}

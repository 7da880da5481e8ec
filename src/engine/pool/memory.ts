/** The shared memory of a pool as its owner sees it: whose arrays are in it, and bytes for jobs under way. */
import { describe, wrongValue } from "../../errors.js";
import type { Arena } from "../../memory/arena.js";
import type { Job } from "../job.js";
import type { LocalRunner } from "../local.js";
import type { Workspace } from "../workspace.js";
import { type Control, HEAD } from "./control.js";
import { mapArrays } from "./job-arrays.js";
import { viewOf } from "./places.js";

export class PoolMemory {
  readonly memory: WebAssembly.Memory;
  readonly workspace: Workspace;
  readonly arena: Arena;
  readonly #control: Control;
  readonly #controlAddress: number;
  readonly #others = new WeakSet<ArrayBufferLike>();
  #nonce = 1;

  constructor(runner: LocalRunner, control: Control, controlAddress: number) {
    this.memory = runner.memory;
    this.workspace = runner.workspace;
    this.arena = runner.arena;
    this.#control = control;
    this.#controlAddress = controlAddress;
  }

  /**
   * Whether a buffer is this memory: also as another thread has posted it, which makes a new object of the same bytes. What is
   * written through one is read through the other then.
   */
  isOwn(buffer: ArrayBufferLike): boolean {
    if (this.workspace.isOwn(buffer)) return true;
    if (!(buffer instanceof SharedArrayBuffer) || this.#others.has(buffer)) return false;
    const at = this.#controlAddress + HEAD.nonce * 4;
    let isSame = false;
    if (buffer.byteLength >= at + 4) {
      const theirs = new Int32Array(buffer, at, 1);
      // twice, because a copy may hold the first number by chance
      isSame = [0, 0].every(() => {
        this.#nonce = (this.#nonce * 48271) % 2147483647;
        this.#control.set(HEAD.nonce, this.#nonce);
        return Atomics.load(theirs, 0) === this.#nonce;
      });
    }
    if (isSame) this.workspace.adopt(buffer);
    else this.#others.add(buffer);
    return isSame;
  }

  /** @throws RangeError when an array of the job is in this memory and was freed. */
  checkInUse(job: Job): void {
    mapArrays(job, (array) => {
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

  /** The buffer with all that is allocated. */
  buffer(): ArrayBufferLike {
    this.workspace.keepBuffer();
    return this.memory.buffer;
  }
}

/** The shared memory of a pool: recognises arrays in it, and allocates bytes for calls under way. */
import { describe, wrongValue } from "../../errors.js";
import type { Arena } from "../../memory/arena.js";
import { isSharedBuffer } from "../../values.js";
import type { Job } from "../job.js";
import { type Kind, mapArrays } from "../kind.js";
import type { LocalRunner } from "../local.js";
import type { Workspace } from "../tiles/workspace.js";
import { viewOf } from "./places.js";
import { HEAD, type SharedWords } from "./protocol.js";

export class PoolMemory {
  readonly memory: WebAssembly.Memory;
  readonly workspace: Workspace;
  readonly arena: Arena;
  readonly #owned: OwnBuffers;
  /** Whether an array was ever freed. Until then no call can use a freed array, and the check, at .5 us per call, is skipped. */
  #hasFreed = false;

  constructor(runner: LocalRunner, words: SharedWords) {
    this.memory = runner.memory;
    this.workspace = runner.workspace;
    this.arena = runner.arena;
    this.#owned = new OwnBuffers(runner.workspace, words);
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

  /** Frees an array of the caller; false if nothing is allocated at `address`. */
  freeArray(address: number): boolean {
    this.#hasFreed = true;
    return this.arena.free(address);
  }

  /** The memory's current buffer. */
  buffer(): ArrayBufferLike {
    this.workspace.keepBuffer();
    return this.memory.buffer;
  }
}

/** Other threads may write the same word. Two successes are proof; so are this many tries without them. */
const MOST_TRIES = 16;

/**
 * Recognises buffers of a pool's memory. When a thread posts an array to another thread, the receiver gets a new buffer object on
 * the same bytes. A value written through one buffer and read through the other proves that they are the same memory.
 */
export class OwnBuffers {
  readonly #workspace: Workspace;
  readonly #words: SharedWords;
  readonly #others = new WeakSet<ArrayBufferLike>();

  constructor(workspace: Workspace, words: SharedWords) {
    this.#workspace = workspace;
    this.#words = words;
  }

  has(buffer: ArrayBufferLike): boolean {
    if (this.#workspace.isOwn(buffer)) return true;
    if (!isSharedBuffer(buffer) || this.#others.has(buffer)) return false;
    const isSame = this.#isSame(buffer);
    if (isSame) this.#workspace.adopt(buffer);
    else this.#others.add(buffer);
    return isSame;
  }

  #isSame(buffer: SharedArrayBuffer): boolean {
    const at = this.#words.array.byteOffset + HEAD.nonce * 4;
    if (buffer.byteLength < at + 4) return false;
    const theirs = new Int32Array(buffer, at, 1);
    let successes = 0;
    for (let tries = 0; tries < MOST_TRIES && successes < 2; tries++) {
      const nonce = Math.floor(Math.random() * 0x7fffffff);
      this.#words.store(HEAD.nonce, nonce);
      if (Atomics.load(theirs, 0) === nonce) successes++;
    }
    return successes === 2;
  }
}

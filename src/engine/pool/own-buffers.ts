/**
 * Which buffers are a pool's memory. A thread that posts an array of it to another one makes a new buffer object of the same
 * bytes:
 * what is written through the one is read through the other.
 */
import type { Workspace } from "../tiles/workspace.js";
import { type Control, HEAD } from "./control.js";

/** Other threads may be writing the same word: a failure is believed after so many, a success after two. */
const MOST_TRIES = 16;

export class OwnBuffers {
  readonly #workspace: Workspace;
  readonly #control: Control;
  readonly #controlAddress: number;
  readonly #others = new WeakSet<ArrayBufferLike>();

  constructor(workspace: Workspace, control: Control, controlAddress: number) {
    this.#workspace = workspace;
    this.#control = control;
    this.#controlAddress = controlAddress;
  }

  has(buffer: ArrayBufferLike): boolean {
    if (this.#workspace.isOwn(buffer)) return true;
    if (!(buffer instanceof SharedArrayBuffer) || this.#others.has(buffer)) return false;
    const isSame = this.#isSame(buffer);
    if (isSame) this.#workspace.adopt(buffer);
    else this.#others.add(buffer);
    return isSame;
  }

  #isSame(buffer: SharedArrayBuffer): boolean {
    const at = this.#controlAddress + HEAD.nonce * 4;
    if (buffer.byteLength < at + 4) return false;
    const theirs = new Int32Array(buffer, at, 1);
    let successes = 0;
    for (let tries = 0; tries < MOST_TRIES && successes < 2; tries++) {
      const nonce = Math.floor(Math.random() * 0x7fffffff);
      this.#control.set(HEAD.nonce, nonce);
      if (Atomics.load(theirs, 0) === nonce) successes++;
    }
    return successes === 2;
  }
}

/** A job under way at its place in the control block: told to the workers, watched, and taken back when none of them is there. */
import { type Control, HEAD, type PLACE } from "./control.js";
import type { PoolMemory } from "./memory.js";
import type { Published } from "./published.js";
import { toBytes } from "./text.js";

/** How a job is shared out. */
export interface Shares {
  readonly parts: number;
  /** Parts whose input is there. */
  readonly ready: number;
  /** Workers that take part at most. */
  readonly workers: number;
}

/** More parts than any job has. */
const EVERYTHING = 0x7fffffff;

export class Publication {
  readonly sequence: number;
  readonly #control: Control;
  readonly #memory: PoolMemory;
  readonly #place: number;
  readonly #parts: number;
  readonly #text: number;

  /** @throws RangeError when there is no room for the text. */
  constructor(memory: PoolMemory, control: Control, place: number, published: Published, phase: Shares) {
    const { parts, ready, workers } = phase;
    this.#control = control;
    this.#memory = memory;
    this.#place = place;
    this.#parts = parts;
    const bytes = toBytes(published);
    this.#text = memory.allocate(bytes.length);
    new Uint8Array(memory.buffer(), this.#text, bytes.length).set(bytes);
    this.sequence = control.get(HEAD.published) + 1;
    const words: Readonly<Record<Exclude<keyof typeof PLACE, "open">, number>> = {
      sequence: this.sequence,
      next: 0,
      total: parts,
      workers,
      ready,
      done: 0,
      stop: 0,
      textAddress: this.#text,
      textBytes: bytes.length,
    };
    for (const [field, value] of Object.entries(words)) control.set(control.place(place, field as keyof typeof words), value);
    this.#set("open", 1);
    control.add(HEAD.published, 1);
    control.wake(HEAD.published);
  }

  /** Parts before this one have their input. */
  ready(parts: number): void {
    this.#set("ready", parts);
    this.#control.wake(this.#control.place(this.#place, "ready"));
  }

  /** Parts from this one on are the caller's own; a worker that has claimed one waits for its input, which never comes. */
  keepFrom(part: number): void {
    this.#set("total", part);
  }

  /** The next part, before a worker takes it; undefined when there is none. */
  claim(): number | undefined {
    const part = this.#control.add(this.#control.place(this.#place, "next"), 1);
    return part < this.#get("total") ? part : undefined;
  }

  /** Parts that nobody has claimed yet begin with this one. */
  get next(): number {
    return this.#get("next");
  }

  /** The caller has done a part. */
  addDone(): void {
    this.#control.add(this.#control.place(this.#place, "done"), 1);
  }

  get isDone(): boolean {
    return this.#get("done") === this.#parts;
  }

  get hasFailed(): boolean {
    return this.#get("stop") === 2;
  }

  /** No input is to come any more: who waits for that of a part that the caller keeps leaves. */
  readyAll(): void {
    if (this.#get("ready") !== EVERYTHING) this.ready(EVERYTHING);
  }

  /** No part is begun any more. */
  stop(): void {
    if (!this.hasFailed) this.#set("stop", 1);
    // changed as well as notified: a worker may be about to wait for this word
    this.ready(EVERYTHING);
  }

  /** Takes the job back; false while a worker is there, which will signal when it leaves. */
  close(): boolean {
    this.#set("open", 0);
    if (this.#control.isVisited(this.#place)) return false;
    this.#memory.free(this.#text);
    return true;
  }

  #get(field: keyof typeof PLACE): number {
    return this.#control.get(this.#control.place(this.#place, field));
  }

  #set(field: keyof typeof PLACE, value: number): void {
    this.#control.set(this.#control.place(this.#place, field), value);
  }
}

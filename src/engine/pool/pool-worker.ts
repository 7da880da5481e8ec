/**
 * What a worker does, whatever it runs in: takes parts of jobs until there are none, then waits, first awake for a moment, then
 * asleep. It is never asleep with unread mail: messages arrive only between two turns of the event loop.
 */
import { instantiateModule } from "../../wasm/module.js";
import { Workspace } from "../tiles/workspace.js";
import { Control, HEAD, PLACES, spinWhile } from "./control.js";
import type { MailMessage, StartMessage, WorkerPort } from "./messages.js";
import { PartRunner } from "./part-runner.js";
import type { Published } from "./published.js";
import { fromBytes } from "./text.js";

/** Milliseconds that a worker looks for the next job before it sleeps, and for the next part's input. */
const SPIN = 0.05;

export class PoolWorker {
  readonly #port: WorkerPort;
  readonly #workspace: Workspace;
  readonly #control: Control;
  readonly #index: number;
  readonly #here: number;
  readonly #mail = new Map<number, ReadonlyMap<number, ArrayBufferLike>>();
  #received: number;
  #arrived: () => void = () => {};

  constructor(port: WorkerPort, { memory, module, base, control, workers, index, mail, earlier }: StartMessage) {
    this.#port = port;
    this.#workspace = new Workspace(instantiateModule(module, memory), memory, base);
    this.#control = new Control(memory.buffer, control, workers);
    this.#index = index;
    this.#here = this.#control.worker(index);
    this.#received = mail;
    for (const message of earlier) this.#keep(message);
  }

  receive(message: MailMessage): void {
    this.#received = message.number;
    this.#keep(message);
    // jobs of long ago are over, and their buffers somebody else's
    for (const old of this.#mail.keys()) if (old <= message.number - 2 * PLACES) this.#mail.delete(old);
    this.#arrived();
  }

  #keep({ number, buffers }: MailMessage): void {
    this.#mail.set(number, new Map(buffers.map((buffer, i) => [i, buffer])));
  }

  async loop(): Promise<void> {
    const control = this.#control;
    while (control.get(HEAD.closing) === 0) {
      const published = control.get(HEAD.published);
      for (let place = this.#next(); place >= 0; place = this.#next()) await this.#work(place);
      await this.#readMail(control.get(HEAD.mail));
      if (spinWhile(control, HEAD.published, published, SPIN)) continue;
      Atomics.wait(control.words, HEAD.published, published);
    }
  }

  /** The place of the oldest job that has parts left, or -1. */
  #next(): number {
    const control = this.#control;
    let oldest = -1;
    let sequence = 0;
    for (let place = 0; place < PLACES; place++) {
      if (control.get(control.place(place, "open")) === 0 || control.get(control.place(place, "stop")) !== 0) continue;
      if (control.get(control.place(place, "next")) >= control.get(control.place(place, "total"))) continue;
      if (control.get(control.place(place, "workers")) <= this.#index) continue;
      const own = control.get(control.place(place, "sequence"));
      if (oldest < 0 || own - sequence < 0) [oldest, sequence] = [place, own];
    }
    return oldest;
  }

  async #work(place: number): Promise<void> {
    const control = this.#control;
    control.set(this.#here, place + 1);
    if (control.get(control.place(place, "open")) === 1) {
      try {
        await this.#runParts(place);
      } catch (error) {
        control.set(control.place(place, "stop"), 2);
        this.#port.post({ kind: "failed", sequence: control.get(control.place(place, "sequence")), error });
      }
    }
    control.set(this.#here, 0);
    this.#signal();
  }

  async #runParts(place: number): Promise<void> {
    const control = this.#control;
    const at = control.get(control.place(place, "textAddress")) >>> 0;
    const bytes = control.get(control.place(place, "textBytes"));
    const { memory } = this.#workspace;
    if (memory.buffer.byteLength < at + bytes) memory.grow(0);
    const published = fromBytes(memory.buffer, at, bytes) as Published;
    await this.#readMail(published.mail);
    const runner = new PartRunner(this.#workspace, published, this.#mail.get(published.mail) ?? new Map());
    const { windows } = published.work;
    for (;;) {
      const part = control.add(control.place(place, "next"), 1);
      // there may be fewer parts than when it was claimed: the caller keeps some of the last ones
      if (this.#isOver(place, part) || !this.#awaitInput(place, part) || this.#isOver(place, part)) return;
      runner.run(part);
      if (windows) Atomics.store(new Int32Array(memory.buffer, windows.words + (part % windows.slots) * 4, 1), 0, part + 1);
      control.add(control.place(place, "done"), 1);
      // a window can be filled again
      if (windows) this.#signal();
    }
  }

  #isOver(place: number, part: number): boolean {
    return part >= this.#control.get(this.#control.place(place, "total"));
  }

  /** Until a part's input is there; false when it is not to be begun. */
  #awaitInput(place: number, part: number): boolean {
    const control = this.#control;
    const word = control.place(place, "ready");
    for (;;) {
      const ready = control.get(word);
      if (control.get(control.place(place, "stop")) !== 0) return false;
      if (ready > part) return true;
      Atomics.wait(control.words, word, ready);
    }
  }

  async #readMail(number: number): Promise<void> {
    while (this.#received < number) {
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
  }

  #signal(): void {
    this.#control.signal();
    if (this.#control.get(HEAD.byMessage) === 1) this.#port.post({ kind: "signal" });
  }
}

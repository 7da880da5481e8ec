/**
 * A worker, in any runtime. Its first message says whether it shares the pool's memory. If so, it takes the protocol's steps until
 * it is terminated. Messages arrive only when it returns to the event loop, which it does where a step wants the next message.
 */
import { instantiateModule } from "../../wasm/module.js";
import { Workspace } from "../tiles/workspace.js";
import { GrownRoom } from "./grown-room.js";
import { fromBytes, type Published, type StartMessage, type WorkerPort } from "./messages.js";
import { PartRunner } from "./parts.js";
import {
  giveUp,
  HEAD,
  Layout,
  type MailMessage,
  mailOf,
  newWorker,
  receiveMail,
  SharedWords,
  stepWorker,
  type WorkerEffect,
} from "./protocol.js";
import { UnsharedWorker } from "./unshared.js";

/** Milliseconds for which a worker looks for the next call before it sleeps. */
const SPIN = 0.05;

export function serve(port: WorkerPort): void {
  let sharing: PoolWorker | undefined;
  let alone: UnsharedWorker | undefined;
  port.listen((message) => {
    switch (message.kind) {
      case "start":
        sharing = new PoolWorker(port, message);
        port.post({ kind: "ready" });
        // an error in the loop ends the worker: rethrown outside the promise, where the runtime reports it
        sharing.loop().catch((error: unknown) => {
          setTimeout(() => {
            throw error;
          }, 0);
        });
        break;
      case "start unshared":
        alone = new UnsharedWorker(message.module);
        port.post({ kind: "ready" });
        break;
      case "mail":
        sharing?.receive(message);
        break;
      default:
        alone?.answer(port, message);
    }
  });
}

class PoolWorker {
  readonly #port: WorkerPort;
  readonly #workspace: Workspace;
  readonly #layout: Layout;
  readonly #words: SharedWords;
  readonly #state: ReturnType<typeof newWorker>;
  #arrived: () => void = () => {};
  /** The call that the worker has read. */
  #published: Published | undefined;
  #runner: PartRunner | undefined;

  constructor(port: WorkerPort, { memory, module, base, control, workers, index, mail, earlier }: StartMessage) {
    this.#port = port;
    this.#workspace = new Workspace(instantiateModule(module, memory), memory, base, new GrownRoom(memory));
    this.#layout = new Layout(workers);
    this.#words = new SharedWords(memory.buffer, control, this.#layout);
    this.#state = newWorker(index, mail, earlier);
  }

  receive(message: MailMessage): void {
    receiveMail(this.#state, message);
    this.#arrived();
  }

  async loop(): Promise<never> {
    for (;;) {
      const effect = stepWorker(this.#words, this.#layout, this.#state);
      if (effect?.do === "receive") await this.#nextMessage();
      else if (effect) this.#do(effect);
    }
  }

  #do(effect: Exclude<WorkerEffect, { readonly do: "receive" }>): void {
    switch (effect.do) {
      case "wait":
        this.#wait(effect.word, effect.value);
        break;
      case "tell":
        if (this.#words.load(HEAD.byMessage) === 1) this.#port.post({ kind: "signal" });
        break;
      default:
        this.#work(effect);
    }
  }

  /** Reads or opens a call, or runs a part. */
  #work(effect: WorkerEffect & { readonly do: "read" | "open" | "run" }): void {
    try {
      if (effect.do === "read") this.#read(effect.slot);
      else if (effect.do === "run") this.#runner?.run(effect.part);
      else if (this.#published) this.#runner = new PartRunner(this.#workspace, this.#published, mailOf(this.#state));
    } catch (error) {
      const sequence = this.#words.load(this.#layout.slot(this.#state.slot, "sequence"));
      giveUp(this.#state, () => this.#port.post({ kind: "failed", sequence, error }));
    }
  }

  #read(slot: number): void {
    const at = this.#words.load(this.#layout.slot(slot, "text")) >>> 0;
    const bytes = this.#words.load(this.#layout.slot(slot, "bytes"));
    const { memory } = this.#workspace;
    // after another thread has grown the memory, this thread may still see the old buffer
    if (memory.buffer.byteLength < at + bytes) memory.grow(0);
    this.#published = fromBytes(memory.buffer, at, bytes) as Published;
    this.#state.windows = this.#published.windows;
    this.#state.mail = this.#published.mail;
  }

  #wait(word: number, value: number): void {
    if (word === HEAD.published && this.#changesSoon(word, value)) return;
    Atomics.wait(this.#words.array, word, value);
  }

  #changesSoon(word: number, value: number): boolean {
    const end = performance.now() + SPIN;
    do {
      for (let i = 0; i < 50; i++) if (this.#words.load(word) !== value) return true;
    } while (performance.now() < end);
    return false;
  }

  #nextMessage(): Promise<void> {
    return new Promise((resolve) => {
      this.#arrived = resolve;
    });
  }
}

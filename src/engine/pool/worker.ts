/**
 * A worker, in any runtime. Its first message says whether it shares the pool's memory. If so, it takes the protocol's steps until
 * it is terminated. It never sleeps with unread mail, because messages arrive only between two turns of the event loop.
 */
import { instantiateModule } from "../../wasm/module.js";
import { Workspace } from "../tiles/workspace.js";
import type { MailMessage, Published, StartMessage, WorkerPort } from "./messages.js";
import { PartRunner } from "./parts.js";
import { giveUp, HEAD, Layout, newWorker, SharedWords, stepWorker, type WorkerEffect } from "./protocol.js";
import { fromBytes } from "./text.js";
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
  readonly #mail = new Map<number, readonly ArrayBufferLike[]>();
  #received: number;
  #arrived: () => void = () => {};
  #runner: PartRunner | undefined;

  constructor(port: WorkerPort, { memory, module, base, control, workers, index, mail, earlier }: StartMessage) {
    this.#port = port;
    this.#workspace = new Workspace(instantiateModule(module, memory), memory, base);
    this.#layout = new Layout(workers);
    this.#words = new SharedWords(memory.buffer, control, this.#layout);
    this.#state = newWorker(index);
    this.#received = mail;
    for (const { number, buffers } of earlier) this.#mail.set(number, buffers);
  }

  receive({ number, oldest, buffers }: MailMessage): void {
    this.#received = number;
    this.#mail.set(number, buffers);
    // the calls of earlier messages are over
    for (const earlier of this.#mail.keys()) if (earlier < oldest) this.#mail.delete(earlier);
    this.#arrived();
  }

  async loop(): Promise<never> {
    for (;;) {
      const effect = stepWorker(this.#words, this.#layout, this.#state);
      if (effect?.do === "receive") await this.#awaitMail(effect.mail);
      else if (effect?.do === "wait") this.#wait(effect.word, effect.value);
      else if (effect?.do === "tell") {
        if (this.#words.load(HEAD.byMessage) === 1) this.#port.post({ kind: "signal" });
      } else if (effect) await this.#work(effect);
    }
  }

  /** Opens a call or runs a part. Posts an error before the worker leaves, so that the call is not over before it arrives. */
  async #work(effect: WorkerEffect & { readonly do: "open" | "run" }): Promise<void> {
    try {
      if (effect.do === "open") await this.#open(effect.slot);
      else this.#runner?.run(effect.part);
    } catch (error) {
      const sequence = this.#words.load(this.#layout.slot(this.#state.slot, "sequence"));
      this.#port.post({ kind: "failed", sequence, error });
      giveUp(this.#state);
    }
  }

  async #open(slot: number): Promise<void> {
    const at = this.#words.load(this.#layout.slot(slot, "text")) >>> 0;
    const bytes = this.#words.load(this.#layout.slot(slot, "bytes"));
    const { memory } = this.#workspace;
    // after another thread has grown the memory, this thread may still see the old buffer
    if (memory.buffer.byteLength < at + bytes) memory.grow(0);
    const published = fromBytes(memory.buffer, at, bytes) as Published;
    await this.#awaitMail(published.mail);
    this.#runner = new PartRunner(this.#workspace, published, this.#mail.get(published.mail) ?? []);
    this.#state.windows = published.windows;
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

  async #awaitMail(number: number): Promise<void> {
    while (this.#received < number) {
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
  }
}

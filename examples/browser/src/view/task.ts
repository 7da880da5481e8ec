import { element } from "./elements.js";

/** What a task tells while it runs. */
export type Report = (label: string, done?: number, of?: number) => void;

/**
 * One task at a time: its progress, its button to cancel, and how it ended. A new one cancels the one before.
 */
export class TaskRunner {
  readonly #host: HTMLElement;
  readonly #bar = element("progress");
  readonly #label = element("span");
  readonly #cancel = element("button", { type: "button" }, "Cancel");
  readonly #running = element("div", { class: "running" }, this.#label, this.#bar, this.#cancel);
  readonly #ended = element("p", { role: "status" });
  #controller = new AbortController();

  constructor(host: HTMLElement) {
    this.#host = host;
    this.#running.hidden = true;
    host.append(this.#running, this.#ended);
    this.#cancel.addEventListener("click", () => this.#controller.abort());
  }

  /**
   * Runs a task until it ends, fails or is cancelled, which never throws: it is told here.
   * @param work gets a signal to give up on, and a function to report with
   */
  async run(work: (signal: AbortSignal, report: Report) => Promise<void>): Promise<void> {
    this.#controller.abort();
    const controller = new AbortController();
    this.#controller = controller;
    const isCurrent = () => this.#controller === controller;
    this.#show("");
    let told = "";
    try {
      await work(controller.signal, (label, done, of) => {
        told = label;
        if (isCurrent()) this.#progress(label, done, of);
      });
      if (isCurrent()) this.#end("", "done");
    } catch (error) {
      if (!isCurrent()) return;
      if (controller.signal.aborted) this.#end(`Cancelled: ${told}`, "cancelled");
      else this.#end(error instanceof Error ? error.message : String(error), "failed");
    }
  }

  #show(label: string): void {
    this.#host.dataset.state = "running";
    this.#running.hidden = false;
    this.#ended.textContent = "";
    this.#progress(label);
  }

  #progress(label: string, done?: number, of?: number): void {
    this.#label.textContent = label;
    this.#bar.setAttribute("aria-label", label);
    if (done === undefined || of === undefined) {
      this.#bar.removeAttribute("value");
    } else {
      this.#bar.max = of;
      this.#bar.value = done;
    }
  }

  #end(message: string, state: "done" | "cancelled" | "failed"): void {
    this.#host.dataset.state = state;
    this.#running.hidden = true;
    this.#ended.textContent = message;
  }
}

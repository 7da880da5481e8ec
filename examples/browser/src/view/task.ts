import { element } from "./elements.js";

/** A task's report of its progress. */
export type Report = (label: string, done?: number, of?: number) => void;

/** Runs one task at a time and shows its progress, a cancel button, and its outcome. A new task cancels the previous one. */
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
   * Runs a task until it ends, fails or is cancelled. Never rejects: the outcome is shown on the page.
   * @param work receives a signal that cancels it, and a function that reports progress
   */
  async run(work: (signal: AbortSignal, report: Report) => Promise<void>): Promise<void> {
    this.#controller.abort();
    const controller = new AbortController();
    this.#controller = controller;
    const isCurrent = () => this.#controller === controller;
    this.#show("");
    let lastLabel = "";
    try {
      await work(controller.signal, (label, done, of) => {
        lastLabel = label;
        if (isCurrent()) this.#progress(label, done, of);
      });
      if (isCurrent()) this.#end("", "done");
    } catch (error) {
      if (!isCurrent()) return;
      if (controller.signal.aborted) this.#end(`Cancelled: ${lastLabel}`, "cancelled");
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

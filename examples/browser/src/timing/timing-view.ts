import type { Engine } from "wasm-cross-entropy";
import type { LogitRows } from "../scoring/scored.js";
import { byId, element } from "../view/elements.js";
import { countText, formatNumber } from "../view/numbers.js";
import { TaskRunner } from "../view/task.js";
import { measure, type Timed } from "./measure.js";
import { syntheticRows, syntheticShape } from "./synthetic.js";

/** The table of times, for the logits scored last or for random logits with the slider's number of classes. */
export class TimingView {
  readonly #slider = byId("classes", HTMLInputElement);
  readonly #task = new TaskRunner(byId("timing-task", HTMLElement));
  readonly #ofText: HTMLInputElement;
  readonly #synthetic: HTMLInputElement;
  #scored: LogitRows | undefined;

  constructor(engine: Promise<Engine>) {
    const [ofText, synthetic] = document.querySelectorAll<HTMLInputElement>("input[name=source]");
    this.#ofText = ofText;
    this.#synthetic = synthetic;
    const showShape = () => {
      const text = shapeText(this.#shape);
      byId("synthetic-shape", HTMLOutputElement).textContent = text;
      this.#slider.setAttribute("aria-valuetext", text);
    };
    this.#slider.addEventListener("input", () => {
      synthetic.checked = true;
      showShape();
    });
    showShape();
    byId("timing-input", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#measure(engine);
    });
  }

  /** @param rows the rows scored last; undefined if they are not f32 */
  offer(rows: LogitRows | undefined): void {
    this.#scored = rows;
    this.#ofText.disabled = rows === undefined;
    if (rows === undefined) this.#synthetic.checked = true;
    byId("text-shape", HTMLElement).textContent = rows === undefined ? "" : `(${shapeText(rows)})`;
  }

  get #shape() {
    return syntheticShape(Number(this.#slider.value) / Number(this.#slider.max));
  }

  #measure(engine: Promise<Engine>): Promise<void> {
    return this.#task.run(async (signal, report) => {
      report("Making logits");
      const rows = this.#ofText.checked && this.#scored ? this.#scored : syntheticRows(this.#shape);
      const times = await measure(rows, await engine, signal, report);
      byId("times", HTMLElement).replaceChildren(...times.map((time) => line(time, rows.logits.length)));
      byId("times-caption", HTMLElement).textContent = `${shapeText(rows)} logits`;
      byId("times-table", HTMLElement).hidden = false;
    });
  }
}

function shapeText({ rows, classes }: { rows: number; classes: number }): string {
  return `${countText(rows)} × ${countText(classes)}`;
}

function line({ name, seconds, speed, loss }: Timed, elements: number): HTMLElement {
  return element(
    "tr",
    { "data-loss": loss },
    element("th", { scope: "row" }, name),
    element("td", {}, `${formatNumber(seconds * 1e3, 3)} ms`),
    element("td", {}, formatNumber((seconds * 1e9) / elements, 3)),
    element("td", {}, `${formatNumber(speed, 3)}×`),
  );
}

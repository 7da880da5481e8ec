/** The page: passes texts and files to the model and the engine, and their results to the views. */
import devil from "../../data/devil.txt?raw";
import widget from "../../data/widget.txt?raw";
import { engine, engineSentence } from "./engine.js";
import { scoreFiles } from "./files/score-files.js";
import { loadModel, type Model } from "./model/model.js";
import { scoreText } from "./scoring/score-text.js";
import type { OnPart, ScoredPart } from "./scoring/scored.js";
import { TimingView } from "./timing/timing-view.js";
import { acceptDrops } from "./view/drops.js";
import { byId, element } from "./view/elements.js";
import { countText } from "./view/numbers.js";
import { ResultView } from "./view/result.js";
import { type Report, TaskRunner } from "./view/task.js";

const PASSAGES: Readonly<Record<string, string>> = {
  "The Devil's Dictionary: W": devil,
  "The Jargon File: widget": widget,
  "After Genesis 1": "In the beginning God created the heaven and the earth, and a hacker came unto the terminal.",
};

const text = byId("text", HTMLTextAreaElement);
const form = byId("input", HTMLFormElement);
const passages = byId("passage", HTMLSelectElement);
const files = byId("files", HTMLInputElement);
const task = new TaskRunner(byId("task", HTMLElement));
const result = new ResultView();
const timing = new TimingView(engine);

let model: Model | undefined;

async function loadedModel(signal: AbortSignal, report: Report): Promise<Model> {
  report("Loading the model");
  model ??= await loadModel(signal, (loaded, total) => report("Loading the model", loaded, total));
  return model;
}

function scoreTheText(): void {
  const given = text.value;
  void task.run(async (signal, report) => {
    const ready = await loadedModel(signal, report);
    const shown = show("The text", "tokens", report);
    await scoreText(given, ready, await engine, signal, shown.add);
    shown.end();
  });
}

function scoreTheFiles(given: readonly File[]): void {
  if (given.length === 0) return;
  const names = given.map(({ name }) => name).join(", ");
  void task.run(async (signal, report) => {
    report(`Reading ${names}`);
    const shown = show(names, "rows", report);
    for await (const part of scoreFiles(given, await engine, signal)) shown.add(part);
    shown.end();
  });
}

/** Shows the parts of a text or file as they arrive. */
function show(caption: string, unit: string, report: Report): { readonly add: OnPart; readonly end: () => void } {
  let last: ScoredPart | undefined;
  report("Scoring");
  return {
    add: (part) => {
      if (!last) {
        result.begin(caption);
        timing.offer(part.rows);
      }
      result.add(part);
      last = part;
      report(`${countText(part.done)} of ${countText(part.of)} ${unit}`, part.done, part.of);
    },
    end: () => {
      if (last) result.announce(last.totals);
    },
  };
}

passages.append(...Object.keys(PASSAGES).map((name) => element("option", {}, name)));
passages.addEventListener("change", () => {
  text.value = PASSAGES[passages.value];
  scoreTheText();
});
text.addEventListener("input", () => {
  // an edited text is no longer one of the passages
  passages.selectedIndex = -1;
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  scoreTheText();
});
text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});
// lets the user choose the same file again, for example after correcting it
files.addEventListener("click", () => {
  files.value = "";
});
files.addEventListener("change", () => scoreTheFiles([...(files.files ?? [])]));
acceptDrops(document.documentElement, scoreTheFiles);

engine.then(
  (started) => {
    byId("engine", HTMLElement).textContent = engineSentence(started);
  },
  (error: unknown) => {
    byId("engine", HTMLElement).textContent = `The engine cannot start: ${error instanceof Error ? error.message : error}`;
  },
);
text.value = devil;
scoreTheText();

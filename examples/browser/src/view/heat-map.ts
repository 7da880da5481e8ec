import type { ScoredToken } from "../scoring/scored.js";
import { element } from "./elements.js";
import { shade } from "./heat.js";
import { bitsText } from "./numbers.js";
import type { Selection } from "./selection.js";
import { type ShownTokens, visible } from "./shown-tokens.js";

/** Maps a key to the next index among `count`. */
const MOVES: Readonly<Record<string, (index: number, count: number) => number>> = {
  ArrowRight: (index) => index + 1,
  ArrowDown: (index) => index + 1,
  ArrowLeft: (index) => index - 1,
  ArrowUp: (index) => index - 1,
  PageDown: (index) => index + 20,
  PageUp: (index) => index - 20,
  Home: () => 0,
  End: (_, count) => count - 1,
};

/**
 * The text with each token shaded by its surprisal. It is a list box: one tab stop, with arrow keys inside (a roving tabindex,
 * WAI-ARIA Authoring Practices, "Keyboard navigation inside components").
 */
export class HeatMap {
  readonly #box: HTMLElement;
  #options: HTMLElement[] = [];

  constructor(host: HTMLElement, selection: Selection) {
    this.#box = element("div", {
      role: "listbox",
      "aria-label": "Tokens, shaded by surprisal",
      "aria-orientation": "horizontal",
    });
    host.append(this.#box);
    this.#box.addEventListener("keydown", (event) => this.#onKey(event));
    this.#box.addEventListener("focusin", ({ target }) => this.#makeStop(target as HTMLElement));
    for (const type of ["pointerover", "focusin", "click"]) {
      this.#box.addEventListener(type, ({ target }) => {
        const index = this.#options.indexOf(target as HTMLElement);
        if (index >= 0) selection.set(index);
      });
    }
    selection.onChange((index) => this.#select(index));
  }

  clear(): void {
    this.#options = [];
    this.#box.replaceChildren();
  }

  /** Appends the tokens from `first` on. */
  append({ tokens }: ShownTokens, first: number): void {
    const added = tokens.slice(first).map((token, index) => option(token, first + index === 0));
    this.#options.push(...added);
    this.#box.append(...added);
  }

  /** Scrolls a token into view and focuses it. */
  focus(index: number): void {
    this.#options[index]?.focus();
  }

  /** Makes an option the tab stop, so that the tab key returns to it. */
  #makeStop(option: HTMLElement): void {
    for (const old of this.#box.querySelectorAll("[tabindex='0']")) old.setAttribute("tabindex", "-1");
    option.tabIndex = 0;
  }

  #select(index: number): void {
    this.#box.querySelector("[aria-selected=true]")?.setAttribute("aria-selected", "false");
    this.#options[index]?.setAttribute("aria-selected", "true");
  }

  #onKey(event: KeyboardEvent): void {
    const move = MOVES[event.key];
    const from = this.#options.indexOf(event.target as HTMLElement);
    if (!move || from < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.focus(Math.min(Math.max(move(from, this.#options.length), 0), this.#options.length - 1));
  }
}

function option({ text, bits, rank }: ScoredToken, isFirst: boolean): HTMLElement {
  const label = `${visible(text)}: ${bitsText(bits)}, rank ${rank}`;
  const attributes = { role: "option", "aria-selected": "false", "aria-label": label, tabindex: isFirst ? 0 : -1 };
  // a line break is shown as a sign, then breaks
  const made = element("span", attributes, text.replaceAll("\n", "↵\n"));
  shade(made, bits);
  return made;
}

import { element, svgElement } from "./elements.js";
import { MOST_BITS } from "./heat.js";
import type { HeatMap } from "./heat-map.js";
import { bitsText } from "./numbers.js";
import type { Selection } from "./selection.js";
import { type ShownTokens, visible } from "./shown-tokens.js";

/** Bits between two grid lines. */
const GRID_BITS = 4;

/** Bars of surprisal along the text, one per token, and their mean. Its units, tokens and bits, are stretched to the element. */
export class SurprisalPlot {
  readonly #host: HTMLElement;
  readonly #selection: Selection;
  #mark: SVGRectElement | undefined;

  constructor(host: HTMLElement, selection: Selection, heatMap: HeatMap) {
    this.#host = host;
    this.#selection = selection;
    host.addEventListener("pointermove", (event) => this.#onPoint(event));
    host.addEventListener("click", (event) => {
      if (this.#onPoint(event)) heatMap.focus(selection.index);
    });
    selection.onChange((index) => this.#markBar(index));
  }

  /** @param mean in bits */
  draw({ tokens }: ShownTokens, mean: number): void {
    const most = Math.max(MOST_BITS, ...tokens.map(({ bits }) => (Number.isFinite(bits) ? Math.ceil(bits) : 0)));
    const lines = Array.from({ length: Math.floor(most / GRID_BITS) + 1 }, (_, index) => index * GRID_BITS);
    const y = (bits: number) => most - Math.min(bits, most);
    const bars = tokens.map(({ bits }, index) => (Number.isNaN(bits) ? "" : `M${index} ${most}V${y(bits)}h1V${most}z`)).join("");
    const across = (bits: number) => `M0 ${y(bits)}H${tokens.length}`;

    this.#mark = svgElement("rect", { class: "mark", width: 1, height: most });
    const greatest = tokens.reduce((worst, token) => (token.bits > worst.bits ? token : worst), tokens[0]);
    const description = `Surprisal of ${tokens.length} tokens: mean ${bitsText(mean)}, greatest ${bitsText(greatest.bits)} at ${visible(greatest.text)}`;
    const picture = svgElement(
      "svg",
      { viewBox: `0 0 ${tokens.length} ${most}`, preserveAspectRatio: "none", role: "img", "aria-label": description },
      this.#mark,
      svgElement("path", { class: "grid", d: lines.map(across).join("") }),
      svgElement("path", { class: "bars", d: bars }),
      svgElement("path", { class: "mean", d: across(mean) }),
    );
    const labels = lines.map((bits) => {
      const label = element("span", {}, String(bits));
      label.style.setProperty("--at", `${(bits / most) * 100}%`);
      return label;
    });
    const caption = element("figcaption", {}, `Bits of each token along the text; dashed, their mean: ${bitsText(mean)}`);
    this.#host.replaceChildren(element("div", { class: "axis", "aria-hidden": "true" }, ...labels), picture, caption);
    this.#markBar(this.#selection.index);
  }

  #markBar(index: number): void {
    this.#mark?.setAttribute("x", String(index));
    this.#mark?.setAttribute("visibility", index < 0 ? "hidden" : "visible");
  }

  /** @returns whether the pointer is over a bar */
  #onPoint({ clientX, target }: MouseEvent): boolean {
    const picture = target instanceof Element ? target.closest("svg") : null;
    if (!picture) return false;
    const { left, width } = picture.getBoundingClientRect();
    const tokens = picture.viewBox.baseVal.width;
    this.#selection.set(Math.min(Math.max(Math.floor(((clientX - left) / width) * tokens), 0), tokens - 1));
    return true;
  }
}

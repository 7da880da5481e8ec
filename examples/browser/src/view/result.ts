import type { ScoreTotals } from "wasm-cross-entropy";
import { MOST_SHOWN, type ScoredPart, type ScoredToken } from "../scoring/scored.js";
import { drawDetail } from "./detail.js";
import { byId } from "./elements.js";
import { HeatMap } from "./heat-map.js";
import { drawLegend } from "./legend.js";
import { countText } from "./numbers.js";
import { Selection } from "./selection.js";
import type { ShownTokens } from "./shown-tokens.js";
import { SurprisalPlot } from "./surprisal-plot.js";
import { drawTotals, totalsSentence } from "./totals.js";

/** The result section of the page: totals, heat map, plot and details of the tokens scored so far. */
export class ResultView {
  readonly #host = byId("result", HTMLElement);
  readonly #selection = new Selection();
  readonly #heatMap = new HeatMap(byId("heat-map", HTMLElement), this.#selection);
  readonly #plot = new SurprisalPlot(byId("plot", HTMLElement), this.#selection, this.#heatMap);
  #tokens: ScoredToken[] = [];
  #classes = 0;

  constructor() {
    drawLegend(byId("legend", HTMLElement));
    this.#selection.onChange((index) => drawDetail(byId("detail", HTMLElement), this.#shown, index));
  }

  get #shown(): ShownTokens {
    return { tokens: this.#tokens, classes: this.#classes };
  }

  /**
   * Clears the view for a new text or file.
   * @param caption name of the text or file
   */
  begin(caption: string): void {
    byId("caption", HTMLElement).textContent = caption;
    this.#tokens = [];
    this.#heatMap.clear();
    byId("plot", HTMLElement).replaceChildren();
    this.#selection.set(-1);
    byId("cut", HTMLElement).hidden = true;
    byId("announcement", HTMLElement).textContent = "";
  }

  /** Shows one more part. */
  add({ tokens, totals, classes }: ScoredPart): void {
    const before = this.#tokens.length;
    this.#classes = classes;
    this.#tokens.push(...tokens.slice(0, MOST_SHOWN - before));
    this.#host.hidden = false;
    drawTotals(byId("totals", HTMLElement), totals);
    this.#heatMap.append(this.#shown, before);
    if (this.#tokens.length > before) this.#plot.draw(this.#shown, meanBits(this.#tokens));
    if (before === 0) drawDetail(byId("detail", HTMLElement), this.#shown, this.#selection.index);
    const cut = byId("cut", HTMLElement);
    cut.hidden = totals.tokens <= MOST_SHOWN;
    cut.textContent = `The first ${countText(MOST_SHOWN)} tokens are drawn; the totals cover all ${countText(totals.tokens)}.`;
  }

  /** Announces the totals to screen readers. Called once, at the end. */
  announce(totals: ScoreTotals): void {
    byId("announcement", HTMLElement).textContent = totalsSentence(totals);
  }
}

function meanBits(tokens: readonly ScoredToken[]): number {
  return tokens.reduce((sum, { bits }) => sum + bits, 0) / tokens.length;
}

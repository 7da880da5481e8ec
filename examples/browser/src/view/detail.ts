import type { Expected, ScoredToken } from "../scoring/scored.js";
import { element } from "./elements.js";
import { bitsText, countText, formatNumber, shareText } from "./numbers.js";
import { type ShownTokens, visible } from "./shown-tokens.js";

/** Shows the figures of one token and the tokens that the model expected most. */
export function drawDetail(host: HTMLElement, shown: ShownTokens, index: number): void {
  const token = shown.tokens[index];
  if (!token) {
    host.replaceChildren(element("p", { class: "note" }, "Point at a token, or go to one with the arrow keys."));
    return;
  }
  host.replaceChildren(facts(token, index, shown), expectations(token));
}

function facts({ text, logProb, bits, rank, entropy }: ScoredToken, index: number, { classes }: ShownTokens): HTMLElement {
  const pairs = [
    ["Token", visible(text)],
    ["Position", countText(index + 1)],
    ["Surprisal", bitsText(bits)],
    ["Probability", shareText(Math.exp(logProb))],
    ["Log-probability", `${formatNumber(logProb, 5)} nats`],
    ["Rank", rank === 0 ? "none" : `${countText(rank)} of ${countText(classes)}`],
    ["Entropy", bitsText(entropy)],
  ];
  return element(
    "dl",
    {},
    ...pairs.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))),
  );
}

function expectations({ id, top }: ScoredToken): HTMLElement {
  const line = (expected: Expected) => {
    const bar = element("span", { class: "bar" });
    bar.style.setProperty("--share", `${expected.probability * 100}%`);
    const text = element("span", { class: "token" }, visible(expected.text));
    const attributes = expected.id === id ? { class: "came", "aria-current": "true" } : {};
    return element("li", attributes, text, bar, element("span", {}, shareText(expected.probability)));
  };
  return element("div", {}, element("h3", {}, "Expected most"), element("ol", {}, ...top.filter(({ id }) => id >= 0).map(line)));
}

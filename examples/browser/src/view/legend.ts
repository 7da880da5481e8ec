import { element } from "./elements.js";
import { MOST_BITS, shade } from "./heat.js";

/** Draws the ramp in steps of two bits, with the corresponding probabilities. */
export function drawLegend(host: HTMLElement): void {
  const steps = Array.from({ length: MOST_BITS / 2 + 1 }, (_, index) => {
    const bits = index * 2;
    const step = element("li", {}, bits === MOST_BITS ? `${bits}+` : String(bits));
    step.title = `${bits} bits: a probability of 1 in ${(2 ** bits).toLocaleString("en")}`;
    shade(step, bits);
    return step;
  });
  host.replaceChildren(element("span", {}, "bits"), element("ol", { "aria-label": "Shades, in bits" }, ...steps));
}

/** Upper end of the colour scale, in bits: more bits get the same shade. One bit halves the probability. */
export const MOST_BITS = 16;

/**
 * Shades an element by its surprisal. The style sheet mixes the two ends of the ramp in a perceptually uniform colour space.
 * @param bits NaN for a row without a distribution
 */
export function shade(element: HTMLElement | SVGElement, bits: number): void {
  element.classList.add("heat");
  element.classList.toggle("heat-nan", Number.isNaN(bits));
  element.style.setProperty("--heat", `${(Math.min(Math.max(bits || 0, 0), MOST_BITS) / MOST_BITS) * 100}%`);
}

/** The scale of the colours: from 0 bits to here; above it nothing is shaded darker. A bit is one halving of the probability. */
export const MOST_BITS = 16;

/**
 * Shades an element by its surprisal: the style sheet mixes the ramp's two ends, in a space where equal steps look equal.
 * @param bits NaN: as what has no distribution
 */
export function shade(element: HTMLElement | SVGElement, bits: number): void {
  element.classList.add("heat");
  element.classList.toggle("heat-nan", Number.isNaN(bits));
  element.style.setProperty("--heat", `${(Math.min(Math.max(bits || 0, 0), MOST_BITS) / MOST_BITS) * 100}%`);
}

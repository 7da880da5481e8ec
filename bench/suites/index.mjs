import { forward } from "./forward.mjs";
import { gradient } from "./gradient.mjs";
import { half } from "./half.mjs";
import { losses } from "./losses.mjs";
import { elements, sweep } from "./sweep.mjs";

/** Every suite, in the order of a run. */
export const suites = [forward, gradient, half, losses, sweep, elements];

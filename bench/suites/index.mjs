import { engine } from "./engine.mjs";
import { forward } from "./forward.mjs";
import { gradient } from "./gradient.mjs";
import { half } from "./half.mjs";
import { losses } from "./losses.mjs";

/** Every suite, in the order of a run. */
export const suites = [forward, gradient, half, losses, engine];

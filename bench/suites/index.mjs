import { engine } from "./engine.mjs";
import { forward } from "./forward.mjs";
import { gradient } from "./gradient.mjs";
import { half } from "./half.mjs";
import { losses } from "./losses.mjs";
import { peers, peersGradient } from "./peers.mjs";
import { scores } from "./scores.mjs";
import { elements, sweep } from "./sweep.mjs";

/** The suites of a run, in its order; a quick run leaves out those with `fullOnly`. */
export const suites = [forward, gradient, half, losses, scores, sweep, elements];

/** Suites that run only when named, because they need other libraries or two free processors, and take longer. */
export const suitesByName = [engine, peers, peersGradient];

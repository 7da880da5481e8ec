import { engine } from "./engine.mjs";
import { forward } from "./forward.mjs";
import { gradient } from "./gradient.mjs";
import { half } from "./half.mjs";
import { losses } from "./losses.mjs";
import { peers, peersGradient } from "./peers.mjs";
import { scores } from "./scores.mjs";
import { elements, sweep } from "./sweep.mjs";

/** Every suite, in the order of a run; a quick one leaves out those that are `fullOnly`. */
export const suites = [forward, gradient, half, losses, scores, sweep, elements];

/** Those that run when they are named: they need other libraries, or two free processors, and longer. */
export const suitesByName = [engine, peers, peersGradient];

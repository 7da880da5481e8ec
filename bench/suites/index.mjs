import { forward } from "./forward.mjs";
import { gradient } from "./gradient.mjs";

/** Every suite, in the order of a run. */
export const suites = [forward, gradient];

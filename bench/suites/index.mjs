import { forward } from "./forward.mjs";

/** Every suite, in the order of a run. */
export const suites = [forward];

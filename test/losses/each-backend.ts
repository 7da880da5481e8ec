import { describe } from "vitest";
import type { Functions } from "../../src/index.js";
import { backends } from "../support/backends.js";

/** In a browser two backends: both builds, input that is copied and input that is read in place. Node runs all four. */
const tried = "window" in globalThis ? backends.filter((_, i) => i === 0 || i === 3) : backends;

/** Defines the suite once per backend. */
export function eachBackend(what: string, suite: (functions: Functions) => void): void {
  for (const { name, functions } of tried) describe(`${what}, ${name}`, () => suite(functions));
}

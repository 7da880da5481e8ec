import { describe } from "vitest";
import type { Functions } from "../../src/index.js";
import { backends } from "../support/backends.js";

/** Defines the suite once per backend. */
export function eachBackend(what: string, suite: (functions: Functions) => void): void {
  for (const { name, functions } of backends) describe(`${what}, ${name}`, () => suite(functions));
}

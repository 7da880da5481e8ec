/** The pool's protocol (src/engine/pool/protocol.ts) in every order of its threads' steps. */
import { describe, expect, it } from "vitest";
import { isLong } from "../support/long.js";
import { explore } from "./interleavings.js";
import { SCENARIOS } from "./scenarios.js";

/** States of a search that takes a second. */
const MANY = 40_000;

describe("one owner and its workers, in every order of their steps", () => {
  it.each(SCENARIOS.filter(([, , least]) => isLong || least < MANY))("%s", (_, scenario, least, ends) => {
    const outcome = explore(scenario);
    expect(Array.from(outcome.ends).sort()).toEqual(ends);
    // the search has not become smaller unnoticed
    expect(outcome.states).toBeGreaterThan(least);
  });
});

/** The pool's protocol (src/engine/pool/protocol.ts) in every order of its threads' steps. */
import { describe, expect, it } from "vitest";
import { explore } from "./interleavings.js";
import { SCENARIOS } from "./scenarios.js";

describe("one owner and its workers, in every order of their steps", () => {
  it.each(SCENARIOS)("%s", (_, scenario, least, ends) => {
    const outcome = explore(scenario);
    expect(Array.from(outcome.ends).sort()).toEqual(ends);
    // the search has not become smaller unnoticed
    expect(outcome.states).toBeGreaterThan(least);
  });
});

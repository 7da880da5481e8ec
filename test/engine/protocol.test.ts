/** The pool's protocol in every order of its threads' steps. */
import { describe, expect, it } from "vitest";
import { explore, type Scenario } from "./interleavings.js";

const WINDOWS = { parts: 3, units: 3, windows: 2 };

const SCENARIOS: readonly (readonly [what: string, scenario: Scenario, least: number, ends: readonly string[]])[] = [
  ["a call of three parts", { calls: [{ parts: 3 }] }, 1000, ["done"]],
  ["three parts in two windows", { calls: [WINDOWS] }, 1000, ["done"]],
];

describe("one owner and two workers", () => {
  it.each(SCENARIOS)("%s", (_, scenario, least, ends) => {
    const outcome = explore(scenario);

    expect(Array.from(outcome.ends).sort()).toEqual(ends);
    expect(outcome.states).toBeGreaterThan(least);
  });
});

/**
 * The plain build gives the bits that were recorded, in every runtime (`npm run golden` records them anew, after a change of the
 * kernels that is meant to change bits).
 */
import { writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as deterministic from "../../src/deterministic.js";
import { TASKS } from "../../src/functions.js";
import { bitsOf, makeCall } from "../support/calls.js";
import { fingerprint, goldenCases } from "./cases.js";
import recorded from "./recorded.json" with { type: "json" };

const present = Object.fromEntries(
  goldenCases.map(({ name, call }) => [name, fingerprint(bitsOf(makeCall(deterministic, call)))]),
);

if (process.env.RECORD_GOLDEN) {
  writeFileSync(new URL("recorded.json", import.meta.url), `${JSON.stringify(present, null, 2)}\n`);
}

describe("the recorded bits", () => {
  const expected: Readonly<Record<string, string>> = process.env.RECORD_GOLDEN ? present : recorded;

  it("are of every case, and of no other", () => {
    expect(Object.keys(expected).sort()).toEqual(Object.keys(present).sort());
    expect([...new Set(goldenCases.map(({ call }) => call.name))].sort()).toEqual(Object.keys(TASKS).sort());
  });

  it.each(goldenCases.map(({ name }) => name))("%s", (name) => {
    expect(present[name]).toBe(expected[name]);
  });
});

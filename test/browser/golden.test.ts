/** The recorded bits in this browser: of the deterministic functions, and of an engine in workers, shared memory or not. */
import { afterAll, describe, expect, it } from "vitest";
import * as deterministic from "../../src/deterministic.js";
import { fingerprint, goldenCases } from "../golden/cases.js";
import recorded from "../golden/recorded.json" with { type: "json" };
import { bitsOf, makeCall } from "../support/calls.js";
import { wakefulEngine } from "../support/engines.js";

const expected: Readonly<Record<string, string>> = recorded;
const engine = await wakefulEngine({ threads: 2, deterministic: true });
afterAll(() => engine.close());

describe("the recorded bits", () => {
  it("of the deterministic functions", () => {
    for (const { name, call } of goldenCases)
      expect(fingerprint(bitsOf(makeCall(deterministic, call))), name).toBe(expected[name]);
  });

  it("of an engine", async () => {
    for (const { name, call } of goldenCases) {
      expect(fingerprint(bitsOf(await makeCall(engine, call))), name).toBe(expected[name]);
    }
  });
});

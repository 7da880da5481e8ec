/** The measures of probability vectors: what is no distribution, and units that there are not. */
import { describe, it } from "vitest";
import { entropy, klDivergence } from "../../src/index.js";
import { expectRefusal } from "./refusal.js";
import { good, pairNames, type Subject, subjects } from "./subjects.js";

describe("probabilities of the measures", () => {
  const sums = "expected probabilities that sum to 1 (within 0.01)";
  const chance = "expected a probability in [0, 1]";

  it.each<[string, readonly number[], string]>([
    ["a sum below 1", [0.5, 0.25], `p: ${sums}, got a sum of 0.75 in vector 0`],
    ["logits", [3, 2, -1], `p[0]: ${chance}, got 3`],
    ["a negative one", [1.5, -0.5], `p[0]: ${chance}, got 1.5`],
    ["NaN", [1, Number.NaN], `p[1]: ${chance}, got NaN`],
    ["Infinity", [Number.POSITIVE_INFINITY], `p[0]: ${chance}, got Infinity`],
    ["all 0", [0, 0, 0], `p: ${sums}, got a sum of 0 in vector 0`],
    ["none", [], `p: ${sums}, got a sum of 0 in vector 0`],
  ])("%s", (_, p, message) => {
    expectRefusal((out) => entropy(p, { out }), RangeError, message, 1);
  });

  it("names the vector along any axis, and the element in the flat array", () => {
    const p = [0.5, 0.5, 0.5, 0.25];
    expectRefusal((out) => entropy(p, { shape: [2, 2], out }), RangeError, `p: ${sums}, got a sum of 0.75 in vector 1`);
    expectRefusal((out) => entropy(p, { shape: [2, 2], axis: 0, out }), RangeError, `p: ${sums}, got a sum of 0.75 in vector 1`);
    const q = [0.5, -0.5, 0.5, 1.5];
    const call = (out: Float32Array) => klDivergence([0.5, 0.5, 0.5, 0.5], q, { shape: [2, 2], axis: 0, out });
    expectRefusal(call, RangeError, `q[1]: ${chance}, got -0.5`);
  });

  it("q of another length or shape", () => {
    for (const name of pairNames) {
      const { run } = subjects.find((subject) => subject.name === `${name}'s q`) as Subject;
      expectRefusal((out) => run([0.5, 0.5], { out }), RangeError, "q: expected 6 probabilities, as many as p, got 2");
      const q = { data: good(), dims: [3, 2] };
      expectRefusal((out) => run(q, { shape: [2, 3], out }), RangeError, "q: expected p's shape [2, 3], got [3, 2]");
    }
  });

  it.each([3, "2", "nats", 0, 1, -2, Number.NaN, null, 2n])("base %s", (base) => {
    const got = typeof base === "string" ? JSON.stringify(base) : typeof base === "bigint" ? "2n" : `${base}`;
    expectRefusal(
      (out) => entropy([1], { base: base as never, out }),
      RangeError,
      `options.base: expected "e", Math.E, 2 or 10, got ${got}`,
      1,
    );
  });
});

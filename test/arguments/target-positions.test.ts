/** A wrong target is found at every place: Int32Arrays are checked four at a time, with a remainder. */
import { expect, it } from "vitest";
import { crossEntropy, nllLoss } from "../../src/index.js";
import { expectRefusal } from "./refusal.js";

const CLASSES = 3;

it.each([
  ["crossEntropy", crossEntropy],
  ["nllLoss", nllLoss],
] as const)("%s names a target too high, too low or at the ends of i32, wherever it stands", (_, loss) => {
  for (let rows = 1; rows <= 13; rows++) {
    const logits = new Float32Array(rows * CLASSES);
    for (let at = 0; at < rows; at++) {
      for (const wrong of [CLASSES, -1, 2 ** 31 - 1, -(2 ** 31)]) {
        const targets = new Int32Array(rows).map((_, i) => i % CLASSES);
        targets[at] = wrong;
        const message = `targets[${at}]: expected 0..2 or ignoreIndex (-100), got ${wrong}`;
        expectRefusal(() => loss(logits, targets), RangeError, message);
        // and the same place ignored counts one row less
        const ignored = loss(logits, targets, { ignoreIndex: wrong, emptyMean: -1, reduction: "none" });
        expect(Array.from(ignored, (value, i) => (i === at ? value : 0))[at]).toBe(0);
      }
    }
  }
});

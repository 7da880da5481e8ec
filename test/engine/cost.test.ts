/** Which jobs workers are woken for (src/engine/pool/cost.ts; how long a job takes, its kind says). */
import { describe, expect, it } from "vitest";
import type { Job } from "../../src/engine/job.js";
import type { Kind } from "../../src/engine/kind.js";
import { crossEntropyKind } from "../../src/engine/kinds/cross-entropy.js";
import { nllKind } from "../../src/engine/kinds/nll-loss.js";
import { isWorthWaking, leastTime } from "../../src/engine/pool/cost.js";

/** The time of as much of a job as its kind looks at. */
const timeOf = (kind: Kind, rows: number, classes: number, gradient: object | null = null): number =>
  kind.nanoseconds({ layout: { rows, classes, inner: 1, stride: classes }, gradient } as Job);

describe("jobs that workers are woken for", () => {
  it.each([
    ["two workers", 2, true, 1.6e6, 1.7e6],
    ["two workers of a page", 2, false, 1.6e6, 1.7e6],
    ["one worker", 1, true, 9.9e6, 10e6],
    ["one worker of a page", 1, false, 2.2e6, 2.3e6],
  ] as const)("%s: from so many logits on as docs/engine.md says", (_, threads, mayCompute, few, many) => {
    const least = leastTime(threads, mayCompute);
    expect(isWorthWaking(timeOf(crossEntropyKind, few / 100, 100), least)).toBe(false);
    expect(isWorthWaking(timeOf(crossEntropyKind, many / 100, 100), least)).toBe(true);
  });

  it("fewer with a gradient; none for nllLoss, whatever is asked for", () => {
    const least = leastTime(2, true);
    expect(isWorthWaking(timeOf(crossEntropyKind, 14_000, 100), least)).toBe(false);
    expect(isWorthWaking(timeOf(crossEntropyKind, 14_000, 100, {}), least)).toBe(true);
    expect(isWorthWaking(timeOf(nllKind, 1e6, 1000), 0)).toBe(false);
  });
});

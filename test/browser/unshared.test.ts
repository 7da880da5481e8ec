/** A page without cross-origin isolation: one worker on a memory of its own, and the page is still not blocked. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as deterministic from "../../src/deterministic.js";
import { createEngine, EngineClosedError, WorkerCrashedError } from "../../src/index.js";
import { type Bits, bitsOf, type Call, callsOf, difference, makeCall } from "../support/calls.js";
import { callOn, wakefulEngine, watchedHost } from "../support/engines.js";
import { longestBlock } from "./longest-block.js";

const engine = await wakefulEngine({ threads: 3, deterministic: true });
afterAll(() => engine.close());

it("says that it shares nothing, and why", () => {
  expect(globalThis.crossOriginIsolated).toBe(false);
  expect(engine.info()).toMatchObject({ shared: false, threads: 1, variant: "plain" });
  expect(engine.info().reason).toMatch(/^the page is not cross-origin isolated/);
  expect(() => engine.handle()).toThrow(/handle\(\) needs shared memory: the page is not cross-origin isolated/);
});

describe.each([
  [[300, 129], -1],
  [[5, 70000], -1],
  [[2, 30, 3000], 1],
] as const)("[%s], axis %i", (shape, axis) => {
  let calls: readonly Call[];
  let expected: readonly Bits[];
  beforeAll(() => {
    calls = callsOf(shape, axis, 7);
    expected = calls.map((call) => bitsOf(makeCall(deterministic, call)));
  });

  it.each(["plain", "engine"] as const)("%s arrays: the plain functions' bits", async (placing) => {
    const results = await Promise.all(calls.map((call) => callOn(engine, call, placing)));
    for (const [i, call] of calls.entries()) {
      expect(difference(results[i], expected[i] as Bits), `${call.name} (${call.variant})`).toBeUndefined();
    }
    expect(engine.info()).toMatchObject({ pending: 0, takenBytes: 0 });
  });
});

it("rejects bad input, aborted calls, calls of a lost worker, calls after close", async () => {
  const host = watchedHost();
  const own = await wakefulEngine({ deterministic: true }, host);
  const logits = new Float32Array(3000 * 1000).map((_, i) => (i % 97) / 9);
  const targets = new Int32Array(3000);
  await expect(own.crossEntropy(logits, targets.fill(1000))).rejects.toThrow(RangeError);
  targets.fill(3);
  const controller = new AbortController();
  const aborted = own.crossEntropy(logits, targets, { signal: controller.signal });
  controller.abort("no more");
  await expect(aborted).rejects.toBe("no more");
  const lost = own.crossEntropy(logits, targets);
  await host.workers[0]?.kill();
  await expect(lost).rejects.toThrow(WorkerCrashedError);
  const right = deterministic.crossEntropy(logits, targets);
  expect(await own.crossEntropy(logits, targets)).toBe(right);
  const last = own.crossEntropy(logits, targets);
  await own.close();
  expect(await last).toBe(right);
  await expect(own.crossEntropy(logits, targets)).rejects.toThrow(EngineClosedError);
});

it("never blocks the page for 50 ms while it scores (64, 151936)", async () => {
  await using own = await createEngine();
  const logits = new Float32Array(64 * 151936).map((_, i) => (i % 1013) / 90);
  const targets = Int32Array.from({ length: 64 }, (_, r) => r * 2000);
  expect(await longestBlock(() => own.crossEntropy(logits, targets), 50)).toBeLessThan(50);
});

/** Runtimes that lack something: no waiting for a word but by a message, no memory that threads share. */
import { describe, expect, it } from "vitest";
import * as deterministic from "../../src/deterministic.js";
import { EngineClosedError, WorkerCrashedError } from "../../src/index.js";
import { type Bits, bitsOf, type Call, callsOf, difference, makeCall } from "../support/calls.js";
import { callOn, wakefulEngine, watchedHost } from "../support/engines.js";

/** Arrays of one copying step and of two (262144 elements each). */
const calls: readonly Call[] = [...callsOf([60, 1000], -1, 1), ...callsOf([2, 140000], -1, 2), ...callsOf([2, 11, 3000], 1, 3)];

const expected = calls.map((call) => bitsOf(makeCall(deterministic, call)));

function expectRight(results: readonly unknown[]): void {
  for (const [i, { name, variant }] of calls.entries()) {
    expect(difference(results[i], expected[i] as Bits), `${name} (${variant})`).toBeUndefined();
  }
}

describe("without Atomics.waitAsync", () => {
  it("workers wake the caller by messages", async () => {
    const { waitAsync } = Atomics;
    Reflect.deleteProperty(Atomics, "waitAsync");
    try {
      expect("waitAsync" in Atomics).toBe(false);
      await using engine = await wakefulEngine({ threads: 2, deterministic: true });
      const results = await Promise.all(calls.map((call) => callOn(engine, call, "plain")));
      expectRight(results);
    } finally {
      Object.defineProperty(Atomics, "waitAsync", { value: waitAsync, writable: true, configurable: true });
    }
  });
});

describe("where workers share no memory", () => {
  const host = watchedHost({ whyUnshared: () => "the test says so" });

  it("one worker runs everything, on copies", async () => {
    await using engine = await wakefulEngine({ threads: 4, deterministic: true }, host);
    expect(engine.info()).toMatchObject({ shared: false, threads: 1, reason: "the test says so" });
    for (const placing of ["plain", "engine", "shared"] as const) {
      const results = await Promise.all(calls.map((call) => callOn(engine, call, placing)));
      expectRight(results);
    }
    expect(engine.info()).toMatchObject({ pending: 0, takenBytes: 0 });
  });

  it("calls are rejected when they are aborted, lost or late, and arrays freed once", async () => {
    const engine = await wakefulEngine({ deterministic: true }, host);
    const logits = new Float32Array(3000 * 1000).map((_, i) => (i % 97) / 9);
    const targets = new Int32Array(3000);
    const right = deterministic.crossEntropy(logits, targets);
    const controller = new AbortController();
    const aborted = engine.crossEntropy(logits, targets, { signal: controller.signal });
    controller.abort("no more");
    await expect(aborted).rejects.toBe("no more");
    const lost = engine.crossEntropy(logits, targets);
    await host.workers[0]?.kill();
    await expect(lost).rejects.toThrow(WorkerCrashedError);
    expect(await engine.crossEntropy(logits, targets)).toBe(right);
    const array = engine.allocate("float32", 5);
    engine.free(array);
    expect(() => engine.free(array)).toThrow(TypeError);
    expect(() => engine.handle()).toThrow(/the test says so/);
    const last = engine.crossEntropy(logits, targets);
    const closed = engine.close();
    expect(await last).toBe(right);
    await closed;
    await expect(engine.crossEntropy(logits, targets)).rejects.toThrow(EngineClosedError);
    expect(host.workers).toHaveLength(0);
  });
});

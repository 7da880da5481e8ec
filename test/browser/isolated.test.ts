/** A page with cross-origin isolation: workers on one shared memory. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as deterministic from "../../src/deterministic.js";
import { attachEngine, createEngine, WorkerCrashedError } from "../../src/index.js";
import { type Bits, bitsOf, type Call, callsOf, difference, makeCall } from "../support/calls.js";
import { callOn, wakefulEngine, watchedHost } from "../support/engines.js";
import { longestBlock } from "./longest-block.js";

const THREADS = [1, 2, 3];
const engines = await Promise.all(THREADS.map((threads) => wakefulEngine({ threads, deterministic: true })));
afterAll(() => Promise.all(engines.map((engine) => engine.close())));

it("is isolated, and its engines share their memory", () => {
  expect(crossOriginIsolated).toBe(true);
  for (const [i, engine] of engines.entries()) {
    expect(engine.info()).toMatchObject({ shared: true, threads: THREADS[i], variant: "plain" });
    expect(engine.info().reason).toBeUndefined();
  }
});

describe.each([
  [[1200, 10], -1],
  [[300, 129], -1],
  [[5, 70000], -1],
  [[1, 140000], -1],
  [[1, 132000, 2], 1],
  [[2, 30, 3000], 1],
] as const)("[%s], axis %i", (shape, axis) => {
  let calls: readonly Call[];
  let expected: readonly Bits[];
  beforeAll(() => {
    calls = callsOf(shape, axis, 7);
    expected = calls.map((call) => bitsOf(makeCall(deterministic, call)));
  });

  it.each(["plain", "engine", "shared"] as const)("%s arrays: the plain functions' bits", async (placing) => {
    for (const engine of engines) {
      const results = await Promise.all(calls.map((call) => callOn(engine, call, placing)));
      for (const [i, call] of calls.entries()) {
        expect(difference(results[i], expected[i] as Bits), `${call.name} (${call.variant})`).toBeUndefined();
      }
      expect(engine.info().takenBytes).toBe(0);
    }
  });
});

it("replaces a worker that threw; the call that it held is right or lost", async () => {
  const host = watchedHost();
  let started = 0;
  const counting: typeof host = {
    ...host,
    start(...args) {
      started++;
      return host.start(...args);
    },
  };
  await using engine = await wakefulEngine({ threads: 1, deterministic: true }, counting);
  const logits = new Float32Array(500 * 1000).map((_, i) => (i % 97) / 9);
  const shared = new Float32Array(new SharedArrayBuffer(logits.byteLength));
  shared.set(logits);
  const targets = new Int32Array(500);
  const right = deterministic.crossEntropy(logits, targets);
  host.workers[0]?.crash();
  // for the buffer the worker reads its messages, and the one that it throws at comes first
  const first = await engine.crossEntropy(shared, targets).catch((error: unknown) => error);
  if (typeof first === "number") expect(first).toBe(right);
  else expect(first).toBeInstanceOf(WorkerCrashedError);
  await expect.poll(() => started, { timeout: 60_000 }).toBe(2);
  expect(await engine.crossEntropy(shared, targets)).toBe(right);
  expect(engine.info()).toMatchObject({ pending: 0, takenBytes: 0 });
});

it("takes an attached engine", async () => {
  await using engine = await wakefulEngine({ threads: 1, deterministic: true });
  using attached = attachEngine(engine.handle());
  const out = engine.allocate("float32", 3);
  attached.softmax([2, 1, 0.5], { out });
  expect(await engine.logSumExp(out)).toBe(deterministic.logSumExp(deterministic.softmax([2, 1, 0.5])));
});

it("never blocks the page for 50 ms while it scores (64, 151936)", async () => {
  await using engine = await createEngine({ threads: 2 });
  const logits = new Float32Array(64 * 151936).map((_, i) => (i % 1013) / 90);
  const targets = Int32Array.from({ length: 64 }, (_, r) => r * 2000);
  const gradOut = new Float32Array(logits.length);
  expect(await longestBlock(() => engine.crossEntropy(logits, targets), 50)).toBeLessThan(50);
  expect(await longestBlock(() => engine.crossEntropyValueAndGrad(logits, targets, { gradOut }), 50)).toBeLessThan(50);
});

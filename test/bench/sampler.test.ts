import { describe, expect, test } from "vitest";
import { makeSampler } from "../../bench/harness/sampler.mjs";
import { CallSampler } from "../../xent/src/bench/sampler.js";

/** A clock that a call moves on. */
function ticking(secondsACall: number) {
  const state = { time: 0, calls: 0 };
  const run = () => {
    state.calls++;
    state.time += secondsACall;
    return state.calls;
  };
  return { state, run, now: () => state.time };
}

describe("a sample", () => {
  test("is the mean of as many calls as fill the least time, one call before them outside the clock", async () => {
    const { state, run, now } = ticking(0.001);
    const sampler = new CallSampler(run, 0.02, now);
    expect(await sampler.sample()).toBeCloseTo(0.001, 9);
    const first = state.calls;
    expect(await sampler.sample()).toBeCloseTo(0.001, 9);
    // the number of calls is known by then: one outside the clock and 20 or 21, the clock's rounding decides
    expect(state.calls - first).toBeGreaterThanOrEqual(21);
    expect(state.calls - first).toBeLessThanOrEqual(22);
    expect(sampler.lastValue).toBe(state.calls);
  });

  test("is one call where that takes longer", async () => {
    const { state, run, now } = ticking(3);
    expect(await new CallSampler(run, 0.02, now).sample()).toBe(3);
    expect(state.calls).toBe(2);
  });

  test("leaves out the first call", async () => {
    let time = 0;
    let calls = 0;
    const run = () => {
      time += calls++ === 0 ? 100 : 1;
      return 0;
    };
    expect(await new CallSampler(run, 0.5, () => time).sample()).toBe(1);
  });

  test("ends with a clock whose steps are longer than a call", async () => {
    const { state, run } = ticking(0.00001);
    const now = () => Math.floor(state.time * 100) / 100;
    const seconds = await new CallSampler(run, 0.02, now).sample();
    expect(seconds).toBeGreaterThan(0.000003);
    expect(seconds).toBeLessThan(0.00003);
  });

  test("waits for a promise, and passes on what it throws", async () => {
    const slow = async () => {
      await new Promise((resolve) => setTimeout(resolve));
      return 7;
    };
    const sampler = new CallSampler(slow, 1e-9);
    expect(await sampler.sample()).toBeGreaterThan(0);
    expect(sampler.lastValue).toBe(7);
    await expect(new CallSampler(() => Promise.reject(new Error("broken")), 1).sample()).rejects.toThrow("broken");
  });
});

test("short calls that are awaited are timed many at once: what a call takes, times their number, is no more than has passed", async () => {
  let calls = 0;
  const sampler = makeSampler("short", async () => ++calls, { async: true, minTime: 0.005 });
  // the first sample learns how short they are
  await sampler.sample();
  const before = calls;
  const start = performance.now();
  const seconds = await sampler.sample();
  const passed = (performance.now() - start) / 1000;
  expect(calls - before).toBeGreaterThan(100);
  expect(seconds).toBeGreaterThan(0);
  expect(seconds * (calls - before)).toBeLessThan(2 * passed);
  expect(sampler.lastValue).toBe(calls);
});

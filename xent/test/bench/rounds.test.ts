import { describe, expect, test } from "vitest";
import { takeTurns, warmUp } from "../../src/bench/rounds.js";

/** Samplers that record the order of their calls. */
function recorded(names: readonly string[]) {
  const calls: string[] = [];
  const samplers = names.map((name, index) => ({
    sample: async () => {
      calls.push(name);
      return index;
    },
  }));
  return { calls, samplers };
}

describe("takeTurns", () => {
  test("samples each contender once per round; the first one rotates and every second round goes backwards", async () => {
    const { calls, samplers } = recorded(["a", "b", "c"]);
    const samples = await takeTurns(samplers, 4);
    expect(samples).toEqual([
      [0, 0, 0, 0],
      [1, 1, 1, 1],
      [2, 2, 2, 2],
    ]);
    expect([0, 3, 6, 9].map((start) => calls.slice(start, start + 3).join(""))).toEqual(["abc", "acb", "cab", "cba"]);
  });

  test("reports the round", async () => {
    const rounds: number[] = [];
    await takeTurns(recorded(["a"]).samplers, 3, (round) => rounds.push(round));
    expect(rounds).toEqual([0, 1, 2]);
  });
});

describe("warmUp", () => {
  /** A sampler that returns these times and then repeats the last one. */
  function falling(times: readonly number[]) {
    let calls = 0;
    return {
      sample: async () => times[Math.min(calls++, times.length - 1)],
      calls: () => calls,
    };
  }

  test("ends after four samples in a row without a fall", async () => {
    const sampler = falling([10, 5, 4.99]);
    expect(await warmUp([sampler], 100)).toBe(6);
    expect(sampler.calls()).toBe(6);
  });

  test("stops sampling a warm contender while others still fall", async () => {
    const warm = falling([1]);
    const cold = falling([10, 9, 8, 7, 6, 5]);
    await warmUp([warm, cold], 100);
    expect([warm.calls(), cold.calls()]).toEqual([5, 10]);
  });

  test("ends after maxRounds", async () => {
    const sampler = falling(Array.from({ length: 50 }, (_, i) => 0.9 ** i));
    expect(await warmUp([sampler], 7)).toBe(7);
  });
});

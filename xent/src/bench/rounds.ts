/** Who is sampled when: the warm-up, and the rounds in which the contenders take turns. */
import type { Sampled } from "./types.js";

/** A warm-up sample counts as a fall when it is this much below the best one so far. */
const FALL = 0.02;
/** A contender is warm after so many samples in a row without a fall. */
const SETTLED = 4;

type Sampler = Pick<Sampled, "sample">;

/** Lets the runtime do what it does between tasks: install compiled code, collect garbage. */
function betweenTasks(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve);
  });
}

/**
 * Samples every contender, in turns, until its time has stopped falling: WASM starts in a baseline tier at half the speed,
 * JS in an interpreter at a hundredth of it.
 * @param maxRounds most samples of one contender
 * @returns how many rounds it took
 */
export async function warmUp(samplers: readonly Sampler[], maxRounds: number): Promise<number> {
  const falling = new Map(samplers.map((sampler) => [sampler, { best: Number.POSITIVE_INFINITY, still: 0 }]));
  let round = 0;
  for (; round < maxRounds && falling.size > 0; round++) {
    for (const [sampler, state] of falling) {
      const seconds = await sampler.sample();
      state.still = seconds < state.best * (1 - FALL) ? 0 : state.still + 1;
      state.best = Math.min(state.best, seconds);
      if (state.still >= SETTLED) falling.delete(sampler);
      await betweenTasks();
    }
  }
  return round;
}

/**
 * One sample of every contender a round. Each round begins with another one and every second round goes backwards, so
 * that no contender always has the same neighbour before it (its heat, its leavings in the caches).
 * @returns seconds a call: one array a contender, one entry a round
 */
export async function takeTurns(
  samplers: readonly Sampler[],
  rounds: number,
  onRound?: (round: number) => void,
): Promise<number[][]> {
  const samples: number[][] = samplers.map(() => []);
  for (let round = 0; round < rounds; round++) {
    onRound?.(round);
    for (let turn = 0; turn < samplers.length; turn++) {
      const step = round % 2 === 0 ? turn : samplers.length - 1 - turn;
      const index = (round + step) % samplers.length;
      samples[index].push(await samplers[index].sample());
      await betweenTasks();
    }
  }
  return samples;
}

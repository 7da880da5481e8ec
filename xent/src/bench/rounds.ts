/** The order of samples: the warm-up, then rounds in which the contenders take turns. */
import type { Sampled } from "./types.js";

/** A warm-up sample counts as a fall when it is this share below the best so far. */
const FALL = 0.02;
/** A contender is warm after this many samples in a row without a fall. */
const SETTLED = 4;

type Sampler = Pick<Sampled, "sample">;

/** Lets the runtime install compiled code and collect garbage, which it does between tasks. */
function betweenTasks(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve);
  });
}

/**
 * Samples the contenders in turn until each one's time has stopped falling. WASM starts in a baseline tier at half its final
 * speed, JS in an interpreter at a hundredth.
 * @param maxRounds most samples per contender
 * @returns the number of rounds
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
 * Samples every contender once per round. Each round starts with another contender and every second round goes backwards, so that
 * no contender always follows the same one, whose heat and cache contents it would inherit.
 * @returns seconds per call: one array per contender, one entry per round
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

import type { Opened, Sampled } from "./types.js";

/**
 * Times one contender without the package `benchmark`, which users do not install. A sample is one untimed call, then as many
 * timed calls as fill `minTime`; its value is their mean. The number of calls is kept for the next sample.
 */
export class CallSampler implements Sampled {
  lastValue = Number.NaN;
  readonly #run: Opened["run"];
  readonly #minTime: number;
  readonly #now: () => number;
  #count = 1;

  /** @param now a clock in seconds */
  constructor(run: Opened["run"], minTime: number, now: () => number = () => performance.now() / 1000) {
    this.#run = run;
    this.#minTime = minTime;
    this.#now = now;
  }

  async sample(): Promise<number> {
    this.lastValue = await this.#run();
    for (;;) {
      const seconds = await this.#time(this.#count);
      if (seconds >= this.#minTime) return seconds / this.#count;
      // a coarse clock may report 0
      const wanted = seconds > 0 ? (this.#count * this.#minTime) / seconds : this.#count * 100;
      this.#count = Math.max(this.#count + 1, Math.ceil(wanted));
    }
  }

  async #time(count: number): Promise<number> {
    const start = this.#now();
    for (let i = 0; i < count; i++) {
      const value = this.#run();
      // awaiting a number would time a turn of the microtask queue
      this.lastValue = typeof value === "number" ? value : await value;
    }
    return this.#now() - start;
  }
}

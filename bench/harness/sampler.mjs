import Benchmark from "benchmark";

/** @typedef {{ initCount: number }} InitialCount the package's types leave out what an instance takes from its options */

/** Seconds of an asynchronous call that is a short one, and what a batch of such ones takes; most calls of a batch. */
const SHORT = 20e-6;
const LONG = 200e-6;
const MOST_CALLS = 1000;

/**
 * One contender under the clock of the package `benchmark`: `sample()` runs a Benchmark for exactly one sample.
 *
 * A sample is what the package makes of it: one call outside the clock (which also brings the contender's data back into the
 * caches that the one before has filled), then as many calls as take `minTime` at least, and the mean of those. What the
 * package would do next, sample after sample of the same contender, is left to the rounds: there the contenders take turns.
 */
class Sampler {
  /** What the last timed call returned; kept so that no compiler may drop the call, and checked at the end. */
  lastValue = Number.NaN;
  #benchmark;
  #isAsync;
  /** What the package counts as calls in a sample. */
  #count = 1;
  /**
   * Calls of an asynchronous contender that are one to the package: its way from one to the next takes .4 us, which a user's
   * `await` in a loop does not. 1 until a call is known to be short.
   */
  #batch = 1;
  /** @type {((error: unknown) => void) | undefined} */
  #failed;

  /**
   * @param {string} name
   * @param {() => number | Promise<number>} run
   * @param {{ async: boolean, minTime: number }} options minTime in seconds
   */
  constructor(name, run, { async, minTime }) {
    this.#isAsync = async;
    const synchronous = () => {
      this.lastValue = /** @type {number} */ (run());
    };
    /** @param {{ resolve(): void, benchmark: Benchmark }} deferred */
    const asynchronous = (deferred) => {
      this.#callBatch(run).then(
        () => deferred.resolve(),
        (error) => {
          this.#failed?.(error);
        },
      );
    };
    const benchmark = new Benchmark(name, {
      fn: async ? asynchronous : synchronous,
      defer: async,
      minTime,
      minSamples: 1,
      // below 0: stop when minSamples is reached, whatever time that took
      maxTime: -1,
    });
    this.#benchmark = /** @type {Benchmark & InitialCount & { options: InitialCount }} */ (benchmark);
    // The package looks for the number of calls that take minTime anew in every run, from 1; what it found is kept here.
    this.#benchmark.on("cycle", () => {
      this.#count = this.#benchmark.initCount;
    });
  }

  /** @param {() => number | Promise<number>} run */
  async #callBatch(run) {
    for (let i = 0; i < this.#batch; i++) this.lastValue = await run();
  }

  /** @param {number} seconds that the package's call took @returns seconds that one of the contender's took */
  #perCall(seconds) {
    const each = seconds / this.#batch;
    if (this.#isAsync && seconds < SHORT) {
      this.#batch = Math.min(MOST_CALLS, Math.ceil(LONG / each));
      this.#count = 1;
    }
    return each;
  }

  /**
   * @returns {Promise<number>} seconds a call
   * @throws what the contender threw
   */
  sample() {
    const benchmark = this.#benchmark;
    // run() resets the properties to the options: both must carry it
    benchmark.initCount = this.#count;
    benchmark.options.initCount = this.#count;
    return new Promise((resolve, reject) => {
      this.#failed = reject;
      benchmark.off("complete");
      benchmark.on("complete", () => {
        if (benchmark.error) reject(benchmark.error);
        else resolve(this.#perCall(benchmark.stats.mean));
      });
      benchmark.run();
    });
  }
}

/** @type {import("../../xent/build/bench/types.js").MakeSampler} */
export const makeSampler = (name, run, options) => new Sampler(name, run, options);

import Benchmark from "benchmark";

/**
 * @typedef {{ initCount: number }} InitialCount missing in the package's types: a property that an
 * instance takes from its options
 */

/**
 * Asynchronous calls that take fewer than SHORT seconds are timed in batches of about LONG seconds, of at most MOST_CALLS calls.
 */
const SHORT = 20e-6;
const LONG = 200e-6;
const MOST_CALLS = 1000;

/**
 * One contender, timed by the package `benchmark`: `sample()` runs a Benchmark for exactly one sample.
 *
 * The package defines a sample: one call outside the clock (which also brings the contender's data back into the caches that the
 * previous contender has filled), then as many calls as take at least `minTime`, and their mean. The package would go on with
 * further samples of the same contender; here the rounds do that instead, in which the contenders take turns.
 */
class Sampler {
  /** The result of the last timed call: keeping it stops compilers from dropping the call, and it is checked at the end. */
  lastValue = Number.NaN;
  #benchmark;
  #isAsync;
  /** Calls per sample, as the package counts them. */
  #count = 1;
  /**
   * Calls of an asynchronous contender that the package counts as one, because it takes 0.4 us from call to call, which an
   * `await` in a user's loop does not. 1 until a call is known to be short.
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
      // negative: stop as soon as minSamples is reached
      maxTime: -1,
    });
    this.#benchmark = /** @type {Benchmark & InitialCount & { options: InitialCount }} */ (benchmark);
    // Every run of the package searches for the number of calls again, starting from 1. This keeps the number that it found.
    this.#benchmark.on("cycle", () => {
      this.#count = this.#benchmark.initCount;
    });
  }

  /** @param {() => number | Promise<number>} run */
  async #callBatch(run) {
    for (let i = 0; i < this.#batch; i++) this.lastValue = await run();
  }

  /** @param {number} seconds of one call of the package @returns seconds of one call of the contender */
  #perCall(seconds) {
    const each = seconds / this.#batch;
    if (this.#isAsync && seconds < SHORT) {
      this.#batch = Math.min(MOST_CALLS, Math.ceil(LONG / each));
      this.#count = 1;
    }
    return each;
  }

  /**
   * @returns {Promise<number>} seconds per call
   * @throws the error of the contender
   */
  sample() {
    const benchmark = this.#benchmark;
    // run() resets the properties to the options, so both must be set
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

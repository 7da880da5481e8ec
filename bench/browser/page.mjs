/** The page in which npm run bench:browser measures, with the harness and the sampler that `xent bench` uses in Node. */
import { measureSuite } from "../../xent/build/bench/measure.js";
import { CallSampler } from "../../xent/build/bench/sampler.js";
import { browserSuite } from "../suites/browser.mjs";

/**
 * @typedef {Omit<import("../../xent/build/bench/measure.js").HowToMeasure, "makeSampler">} How
 * @typedef {{ measure(how: How, threads: number): Promise<import("../../xent/build/bench/types.js").Result> }} Bench
 * @typedef {{ bench: Bench, tell(text: string): void }} BenchPage the page's globals; the driver provides `tell`
 */

const page = /** @type {BenchPage} */ (/** @type {unknown} */ (globalThis));

page.bench = {
  measure(how, threads) {
    const { variant } = how;
    return measureSuite(
      browserSuite(threads),
      { ...how, variant, makeSampler: (_, run, { minTime }) => new CallSampler(run, minTime) },
      page.tell,
    );
  },
};

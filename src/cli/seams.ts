import type { HowToMeasure } from "../bench/measure.js";
import type { Result } from "../bench/types.js";
import type { Info } from "../index.js";
import type { RowLogits, RowScores, ScoreRowsOptions } from "../losses/score-rows.js";

/** What the commands take from the rest of the package, so that tests can put something else in its place. */

/** As `scoreRows` of the package; targets come as i32, which every class number fits. */
export type ScoreRows = (logits: RowLogits, targets: Int32Array, options: ScoreRowsOptions) => RowScores;

/** The harness of `xent bench`, with its suite and its clock. */
export interface Bench {
  measure(how: Omit<HowToMeasure, "makeSampler">, progress: (text: string) => void): Promise<Result>;
  text(result: Result): string;
}

export interface Seams {
  /** Loaded when a command needs it: `--help` starts no engine. */
  readonly loadScoreRows: () => Promise<ScoreRows>;
  readonly loadInfo: () => Promise<() => Info>;
  readonly loadBench: () => Promise<Bench>;
}

/** The package itself. */
export const packageSeams: Seams = {
  loadScoreRows: async () => (await import("../losses/score-rows.js")).scoreRows,
  loadInfo: async () => (await import("../index.js")).info,
  loadBench: async () => {
    const { measureSuite } = await import("../bench/measure.js");
    const { quickSuite } = await import("../bench/quick-suite.js");
    const { resultText } = await import("../bench/result-text.js");
    const { CallSampler } = await import("../bench/sampler.js");
    const makeSampler: HowToMeasure["makeSampler"] = (_, run, { minTime }) => new CallSampler(run, minTime);
    return { measure: (how, progress) => measureSuite(quickSuite, { ...how, makeSampler }, progress), text: resultText };
  },
};

/** The parts of `process` that the commands use. */
export interface Terminal {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface OutputStream {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
  getColorDepth?(env?: object): number;
}

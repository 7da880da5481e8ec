import type { Engine, EngineOptions, Info } from "wasm-cross-entropy";
import type { HowToMeasure } from "../bench/measure.js";
import type { Result } from "../bench/types.js";
import type { HttpHow } from "../files/http-file.js";
import type { Transformers } from "./transformers.js";

/** The commands' dependencies, so that tests can replace them. */

/** The part of an engine that scores files. */
export type ScoringEngine = Pick<Engine, "scoreTokens" | "compareLogits" | "allocate" | "info" | "close">;

/** The signature of the library's `createEngine`. */
export type MakeEngine = (options: Pick<EngineOptions, "threads" | "deterministic">) => Promise<ScoringEngine>;

/** The harness of `xent bench`, with its suite and clock. */
export interface Bench {
  measure(how: Omit<HowToMeasure, "makeSampler">, progress: (text: string) => void): Promise<Result>;
  text(result: Result): string;
}

export interface Seams {
  /** Loaded on first use, so that `--help` starts no engine. */
  readonly loadEngine: () => Promise<MakeEngine>;
  readonly loadInfo: () => Promise<() => Info>;
  readonly loadBench: () => Promise<Bench>;
  readonly loadTransformers: () => Promise<Transformers>;
  /** Bytes of logits per batch; undefined for the default. */
  readonly batchBytes?: number;
  /** How long requests wait before they are repeated; undefined for the default. */
  readonly http?: Pick<HttpHow, "pauseSeconds" | "stallSeconds">;
  /** Seconds after which the rows of a dead worker are free; undefined for the default. */
  readonly lockSeconds?: number;
  /** Least seconds between two checkpoints of a running run; undefined for the default. */
  readonly saveSeconds?: number;
}

/** The real dependencies. */
export const packageSeams: Seams = {
  loadEngine: async () => (await import("wasm-cross-entropy")).createEngine,
  loadInfo: async () => (await import("wasm-cross-entropy")).info,
  loadTransformers: async () => (await import("./transformers.js")).loadTransformers(),
  loadBench: async () => {
    const { measureSuite } = await import("../bench/measure.js");
    const { quickSuite } = await import("../bench/quick-suite.js");
    const { resultText } = await import("../bench/result-text.js");
    const { CallSampler } = await import("../bench/sampler.js");
    const makeSampler: HowToMeasure["makeSampler"] = (_, run, { minTime }) => new CallSampler(run, minTime);
    return { measure: (how, progress) => measureSuite(quickSuite, { ...how, makeSampler }, progress), text: resultText };
  },
};

/** A process that receives signals. */
export interface Interrupting {
  readonly pid: number;
  on(signal: StopSignal, listener: (signal: StopSignal) => void): unknown;
  /** Ends the process when no listener is left. */
  kill(pid: number, signal: StopSignal): unknown;
  off(signal: StopSignal, listener: (signal: StopSignal) => void): unknown;
}

export type StopSignal = "SIGINT" | "SIGTERM";

/** The parts of `process` that the commands use. */
export interface Terminal extends Interrupting {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly stdin?: AsyncIterable<Uint8Array>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface OutputStream {
  readonly isTTY?: boolean | undefined;
  /** The number of the open file, in a real process. */
  readonly fd?: number;
  /** @param done called when the text is written, or cannot be */
  write(text: string, done?: (error?: Error | null) => void): unknown;
  getColorDepth?(env?: object): number;
}

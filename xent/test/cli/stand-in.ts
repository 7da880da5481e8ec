import { EventEmitter } from "node:events";
import type { FloatTensor } from "wasm-cross-entropy";
import * as reference from "wasm-cross-entropy/reference";
import { addComparisons, emptyComparison } from "../../../src/scoring/comparison-state.js";
import { comparisonTotals } from "../../../src/scoring/comparison-totals.js";
import { addScores, emptyScores, totalsOf } from "../../../src/scoring/totals.js";
import { run } from "../../src/cli/run.js";
import type { ScoringEngine, Seams, Terminal } from "../../src/cli/seams.js";

/** The engine calls that the command line makes. */
type Asked = (call: "scoreTokens" | "compareLogits", options: object, logits: readonly FloatTensor[]) => void | Promise<void>;

/** An engine in plain f64, so that the command line is tested without the kernels. `asked` is called before each call. */
export function standInEngine(asked: Asked = () => {}): ScoringEngine {
  return {
    async scoreTokens(logits, targets, options = {}) {
      await asked("scoreTokens", options, [logits]);
      const ids = targets as Int32Array;
      const scores = reference.scoreTokens(logits as never, ids, options as never);
      const kept = keptOf(ids, options.ignoreIndex);
      const table = options.tokenBytes as Int32Array | undefined;
      const bytes = table && Int32Array.from(ids, (id, row) => (kept[row] === 0 ? 0 : table[id]));
      const state = emptyScores({ bytes: bytes !== undefined, documents: options.documents !== undefined });
      const nats = scores.logProbs.map((logProb) => 0 - logProb);
      addScores(state, { nats, greedy: scores.isGreedy, kept, ...(bytes && { bytes }), owners: ownersOf(options) });
      const { topIds, topLogProbs, ...columns } = scores;
      return {
        ...columns,
        entropies: Float32Array.from(scores.entropies),
        logSumExps: Float32Array.from(scores.logSumExps),
        ...((options.topK ?? 0) > 0 && { topIds, topLogProbs: Float32Array.from(topLogProbs) }),
        totals: totalsOf(state),
      };
    },
    async compareLogits(base, other, targets, options = {}) {
      await asked("compareLogits", options, [base, other]);
      const columns = reference.compareLogits(base as never, other as never, targets as Int32Array, options as never);
      const state = emptyComparison({ documents: options.documents !== undefined });
      addComparisons(state, columns, keptOf(targets as Int32Array, options.ignoreIndex), ownersOf(options));
      return { ...columns, totals: comparisonTotals(state) };
    },
    allocate: ((type: string, length: number) => {
      if (type === "float32") return new Float32Array(length);
      return type === "int32" ? new Int32Array(length) : new Uint16Array(length);
    }) as ScoringEngine["allocate"],
    info: () => ({ ...INFO, threads: 1, shared: false, reason: "a stand-in", takenBytes: 0, pending: 0 }),
    close: async () => {},
  };
}

const INFO = { version: "9.9.9", variant: "plain", memoryBytes: 4_194_304 } as const;

function ownersOf({ documents }: { readonly documents?: unknown }): Float64Array | undefined {
  return documents === undefined ? undefined : Float64Array.from(documents as readonly number[]);
}

function keptOf(targets: Int32Array, ignoreIndex: number | undefined): Uint8Array {
  return Uint8Array.from(targets, (target) => (target === ignoreIndex ? 0 : 1));
}

export const standIn: Seams = {
  loadEngine: async () => async () => standInEngine(),
  loadInfo: async () => () => ({ ...INFO, relaxedSimd: false }),
  loadTransformers: async () => {
    throw new Error("no stand-in");
  },
  loadBench: async () => ({
    measure: async (how, progress) => {
      progress("round 1");
      return {
        schema: 1,
        name: "stand-in",
        title: "stand-in",
        date: "2026-01-01T00:00:00.000Z",
        environment: how.environment,
        options: { ...how.settings, input: how.shapes?.map(({ rows, classes }) => `${rows}x${classes}`).join() ?? "usual" },
        missing: {},
        shapes: [],
      };
    },
    text: ({ options }) => `${options.input}: ${options.rounds} rounds of ${options.minTime} s\n`,
  }),
};

/** The output and the exit code of a run of the command line. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line in this process, on the stand-in engine. */
export async function runHere(argv: readonly string[], more: Partial<RunOptions> = {}): Promise<Outcome> {
  const printed = { stdout: "", stderr: "" };
  const stream = (name: "stdout" | "stderr") => ({
    isTTY: more.isTTY ?? false,
    getColorDepth: () => 24,
    write: (text: string, done?: (error?: Error) => void) => {
      if (name === "stdout" && more.isFull === true) return done?.(new Error("ENOSPC"));
      printed[name] += text;
      done?.();
    },
  });
  const signals = more.signals ?? new EventEmitter();
  const terminal: Terminal = {
    stdout: stream("stdout"),
    stderr: stream("stderr"),
    env: more.env ?? {},
    ...(more.stdin && { stdin: more.stdin }),
    pid: 0,
    on: (signal, listener) => signals.on(signal, listener),
    kill: (_, signal) => {
      throw new Error(`killed by ${signal}`);
    },
    off: (signal, listener) => signals.off(signal, listener),
  };
  const code = await run(argv, terminal, { ...standIn, ...more.seams });
  if (signals.eventNames().length > 0) throw new Error("signals are still listened to");
  return { code, ...printed };
}

interface RunOptions {
  readonly isTTY: boolean;
  /** Nothing can be written to stdout. */
  readonly isFull: boolean;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly seams: Partial<Seams>;
  /** Emits "SIGINT" for Ctrl-C. */
  readonly signals: EventEmitter;
}

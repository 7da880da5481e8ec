/** Times several ways to compute the loss with the bench's harness (xent/src/bench): warmed up, then in turns. */
import { crossEntropy, type Engine } from "wasm-cross-entropy";
import { crossEntropyLoop } from "../../../../xent/build/bench/cross-entropy-loop.js";
import { takeTurns, warmUp } from "../../../../xent/build/bench/rounds.js";
import { CallSampler } from "../../../../xent/build/bench/sampler.js";
import { spread, timesOver } from "../../../../xent/build/bench/statistics.js";
import type { LogitRows } from "../scoring/scored.js";
import type { Report } from "../view/task.js";

/** The result of one way. */
export interface Timed {
  readonly name: string;
  /** Seconds per call. */
  readonly seconds: number;
  /** Speed relative to the first way. */
  readonly speed: number;
  /** The computed loss. */
  readonly loss: number;
}

/** Minimum seconds per sample: a faster call is repeated. Two ways run on the page's thread, so longer samples would block it. */
const MIN_SECONDS = 0.02;
const WARM_UP_ROUNDS = 12;
const ROUNDS = 9;

/** Greatest relative difference between the losses of two ways. */
const TOLERANCE = 1e-6;

/**
 * Times the loss of the rows. The page stays responsive between samples.
 * @throws the signal's reason; Error when a way computes another loss than the first
 */
export async function measure(rows: LogitRows, engine: Engine, signal: AbortSignal, report: Report): Promise<Timed[]> {
  using inMemory = copyOf(rows.logits, engine);
  const ways = waysOf(rows, engine, inMemory);
  const samplers = ways.map(({ run }) => new CallSampler(run, MIN_SECONDS));
  const cancellable = samplers.map((sampler) => ({
    sample() {
      signal.throwIfAborted();
      return sampler.sample();
    },
  }));
  report("Warming up");
  await warmUp(cancellable, WARM_UP_ROUNDS);
  const samples = await takeTurns(cancellable, ROUNDS, (round) => report("Measuring", round, ROUNDS));
  signal.throwIfAborted();

  const [first] = samplers;
  return ways.map(({ name }, index) => {
    const loss = samplers[index].lastValue;
    if (!(Math.abs(loss - first.lastValue) <= TOLERANCE * Math.max(1, Math.abs(loss)))) {
      throw new Error(`${name}: expected the loss ${first.lastValue} of the JS loop, got ${loss}`);
    }
    return { name, seconds: spread(samples[index]).median, speed: timesOver(samples[0], samples[index]).median, loss };
  });
}

interface Way {
  readonly name: string;
  run(): number | Promise<number>;
}

function waysOf(rows: LogitRows, engine: Engine, inMemory: Float32Array | undefined): Way[] {
  const { logits, targets } = rows;
  const shape = [rows.rows, rows.classes];
  const { threads } = engine.info();
  const named = `engine, ${threads === 1 ? "one thread" : `${threads} threads`}`;
  const ways: Way[] = [
    { name: "plain JS loop", run: () => crossEntropyLoop.mean({ ...rows, elements: logits.length }) },
    { name: "plain function, one thread", run: () => crossEntropy(logits, targets, { shape }) },
    { name: named, run: () => engine.crossEntropy(logits, targets, { shape }) },
  ];
  if (inMemory)
    ways.push({ name: `${named}, logits in its memory`, run: () => engine.crossEntropy(inMemory, targets, { shape }) });
  return ways;
}

/** Copies the logits to the engine's memory, where workers read them in place; undefined if the memory is not shared. */
function copyOf(logits: Float32Array, engine: Engine): (Float32Array & Disposable) | undefined {
  if (!engine.info().shared) return undefined;
  const copy = engine.allocate("float32", logits.length);
  copy.set(logits);
  return copy;
}

import { createEngine, type Engine } from "wasm-cross-entropy";

/** The page's engine, created once and kept: idle workers use no processor time. */
export const engine: Promise<Engine> = createEngine();

/** Describes the engine in one sentence and, if threads cannot share memory, gives the reason. */
export function engineSentence(started: Engine): string {
  const { threads, shared, reason, variant } = started.info();
  const build = variant === "relaxed" ? "relaxed SIMD" : "plain SIMD";
  if (shared)
    return `Scored by ${threads === 1 ? "one worker thread" : `${threads} worker threads`} on one shared memory, ${build}.`;
  return `Threads are not available, so one worker computes on copies (${build}): ${reason}`;
}

import { createEngine, type Engine } from "wasm-cross-entropy";

/** The page's engine, made once: idle workers use no processor. */
export const engine: Promise<Engine> = createEngine();

/** In one sentence: what the engine runs on and, where threads cannot share memory, why not. */
export function engineSentence(started: Engine): string {
  const { threads, shared, reason, variant } = started.info();
  const build = variant === "relaxed" ? "relaxed SIMD" : "plain SIMD";
  if (shared)
    return `Scored by ${threads === 1 ? "one worker thread" : `${threads} worker threads`} on one shared memory, ${build}.`;
  return `Threads are not available, so one worker computes on copies (${build}): ${reason}`;
}

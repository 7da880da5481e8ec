// What a user writes: imported, built and run by every consumer just as it stands.
import { createEngine, crossEntropy, info } from "wasm-cross-entropy";
import { problem } from "./input.mjs";

/** Both uses of the package, each with its result or with why there is none. */
export async function useAll(engineOptions) {
  return { plain: await attempt(usePlain), engine: await attempt(() => useEngine(engineOptions)) };
}

function usePlain() {
  const { logits, targets } = problem();
  return { value: crossEntropy(logits, targets), variant: info().variant };
}

async function useEngine(options) {
  const { logits, targets } = problem();
  const engine = await createEngine({ threads: 2, ...options });
  try {
    const value = await engine.crossEntropy(logits, targets);
    const { threads, shared, variant } = engine.info();
    return { value, threads, shared, variant };
  } finally {
    await engine.close();
  }
}

async function attempt(use) {
  try {
    return await use();
  } catch (error) {
    return { error: String(error) };
  }
}

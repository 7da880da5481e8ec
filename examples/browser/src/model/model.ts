import * as comlink from "comlink";
import { untilAborted } from "../until-aborted.js";
import type { OnBytes } from "./download.js";
import type { ModelApi } from "./model-worker.js";
import type { Vocabulary } from "./vocabulary.js";

/** The model's context in tokens (`n_positions` in its config.json). */
export const CONTEXT = 256;

/** The model's `<|endoftext|>`. Every training text began with it; the tokenizer does not add it. */
export const START_ID = 0;

/** The small GPT of examples/data, running in a worker. */
export interface Model {
  readonly vocabulary: Vocabulary;
  /** Returns the token ids of a text. */
  encode(text: string): Promise<Int32Array>;
  /** Returns logits [1, ids, vocabulary] for at most CONTEXT ids. */
  run(ids: Int32Array): Promise<Float32Array<ArrayBuffer>>;
}

/**
 * Starts a worker and loads the model in it.
 * @param signal aborting it ends the worker
 * @throws Error when a file is missing or the worker cannot start; the signal's reason
 */
export async function loadModel(signal: AbortSignal, onBytes: OnBytes): Promise<Model> {
  const worker = new Worker(new URL("./model-worker.js", import.meta.url), { type: "module" });
  const failed = new Promise<never>((_, reject) => {
    worker.addEventListener("error", ({ message }) => reject(new Error(`the model's worker: ${message || "cannot be started"}`)));
  });
  // calls report the failure; without a call it must not count as unhandled
  failed.catch(() => {});
  const remote = comlink.wrap<ModelApi>(worker);
  try {
    const loaded = Promise.race([remote.load(comlink.proxy(onBytes)), failed]);
    const vocabulary = await untilAborted(loaded, signal);
    return {
      vocabulary,
      encode: (text) => Promise.race([remote.encode(text), failed]),
      run: (ids) => Promise.race([remote.run(ids), failed]),
    };
  } catch (error) {
    worker.terminate();
    throw error;
  }
}

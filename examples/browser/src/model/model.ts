import * as comlink from "comlink";
import type { TextTokenizer, TokenizerJson } from "wasm-cross-entropy/text";
import tokenizerUrl from "../../../data/tiny-gpt/tokenizer.json?url";
import tokenizerConfigUrl from "../../../data/tiny-gpt/tokenizer_config.json?url";
import { untilAborted } from "../until-aborted.js";
import { downloadJson, type OnBytes } from "./download.js";
import type { ModelApi } from "./model-worker.js";
import { textOfBytes } from "./shown-text.js";
import { textTokenizer } from "./tokenizer.js";

/** The model's context in tokens (`n_positions` in its config.json). */
export const CONTEXT = 256;

/** The model's `<|endoftext|>`. Every training text began with it; the tokenizer does not add it. */
export const START_ID = 0;

/** The small GPT of examples/data, running in a worker. */
export interface Model {
  readonly tokenizer: TextTokenizer;
  /** Returns the text to show for a token; special tokens have no bytes. */
  textOf(token: { readonly id: number; readonly bytes: readonly number[] }): string;
  /** Returns logits [1, ids, vocabulary] for at most CONTEXT ids. */
  run(ids: BigInt64Array): Promise<Float32Array<ArrayBuffer>>;
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
    const files = [downloadJson(tokenizerUrl), downloadJson(tokenizerConfigUrl), remote.load(comlink.proxy(onBytes))];
    const [json, config] = await untilAborted(Promise.race([Promise.all(files), failed]), signal);
    const { added_tokens: added } = json as TokenizerJson;
    const names = new Map(added?.map(({ id, content }) => [id, content]));
    return {
      tokenizer: textTokenizer(json, config),
      textOf: ({ id, bytes }) => (bytes.length > 0 ? textOfBytes(bytes) : (names.get(id) ?? String(id))),
      run: (ids) => Promise.race([remote.run(ids), failed]),
    };
  } catch (error) {
    worker.terminate();
    throw error;
  }
}

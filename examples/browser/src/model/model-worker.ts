/**
 * The model, in a worker, so that it never blocks the page. onnxruntime-web runs it on one thread: the model is small, and the
 * page demonstrates the engine's threads. All files come from the page's own server.
 */
import { Tokenizer } from "@huggingface/tokenizers";
import * as comlink from "comlink";
import runtimeUrl from "onnxruntime-web/ort-wasm-simd-threaded.wasm?url";
import * as ort from "onnxruntime-web/wasm";
import modelUrl from "../../../data/tiny-gpt/onnx/model.onnx?url";
import tokenizerUrl from "../../../data/tiny-gpt/tokenizer.json?url";
import tokenizerConfigUrl from "../../../data/tiny-gpt/tokenizer_config.json?url";
import { download, downloadJson, type OnBytes } from "./download.js";
import { type Vocabulary, vocabularyOf } from "./vocabulary.js";

let session: ort.InferenceSession;
let tokenizer: Tokenizer;

const api = {
  /** Downloads and starts the model. Must be called before the other methods. */
  async load(onBytes: OnBytes): Promise<Vocabulary> {
    const [weights, file, config] = await Promise.all([
      download(modelUrl, onBytes),
      downloadJson(tokenizerUrl),
      downloadJson(tokenizerConfigUrl),
    ]);
    tokenizer = new Tokenizer(file, config);
    ort.env.wasm.numThreads = 1;
    ort.env.wasm.wasmPaths = { wasm: runtimeUrl };
    session = await ort.InferenceSession.create(weights);
    return vocabularyOf(file);
  },

  /** Returns the token ids of a text. */
  encode(text: string): Int32Array {
    const { ids } = tokenizer.encode(text, { add_special_tokens: false });
    return Int32Array.from(ids);
  },

  /** Returns logits [1, ids, vocabulary]: row i predicts the token after ids[0..i]. */
  async run(ids: Int32Array): Promise<Float32Array<ArrayBuffer>> {
    const dims = [1, ids.length];
    const { logits } = await session.run({
      input_ids: new ort.Tensor("int64", BigInt64Array.from(ids, BigInt), dims),
      attention_mask: new ort.Tensor("int64", new BigInt64Array(ids.length).fill(1n), dims),
    });
    const data = (await logits.getData()) as Float32Array<ArrayBuffer>;
    return comlink.transfer(data, [data.buffer]);
  },
};

export type ModelApi = typeof api;

comlink.expose(api);

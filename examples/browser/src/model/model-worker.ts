/**
 * The model, in a worker, so that it never blocks the page. onnxruntime-web runs it on one thread: the model is small, and the
 * page demonstrates the engine's threads. All files come from the page's own server.
 */
import * as comlink from "comlink";
import runtimeUrl from "onnxruntime-web/ort-wasm-simd-threaded.wasm?url";
import * as ort from "onnxruntime-web/wasm";
import modelUrl from "../../../data/tiny-gpt/onnx/model.onnx?url";
import { download, type OnBytes } from "./download.js";

let session: ort.InferenceSession;

/** The model's keys and values of the tokens before a text: none. */
const NOTHING = [1, 6, 0, 24];

const api = {
  /** Downloads and starts the model. Must be called before `run`. */
  async load(onBytes: OnBytes): Promise<void> {
    const weights = await download(modelUrl, onBytes);
    ort.env.wasm.numThreads = 1;
    ort.env.wasm.wasmPaths = { wasm: runtimeUrl };
    session = await ort.InferenceSession.create(weights);
  },

  /** Returns logits [1, ids, vocabulary]: row i predicts the token after ids[0..i]. */
  async run(ids: BigInt64Array): Promise<Float32Array<ArrayBuffer>> {
    const tensor = (data: BigInt64Array) => new ort.Tensor("int64", data, [1, ids.length]);
    const noTokens = new ort.Tensor("float32", new Float32Array(0), NOTHING);
    const cache = session.inputNames.filter((name) => name.startsWith("past_key_values")).map((name) => [name, noTokens]);
    const { logits } = await session.run({
      input_ids: tensor(ids),
      attention_mask: tensor(new BigInt64Array(ids.length).fill(1n)),
      position_ids: tensor(BigInt64Array.from(ids, (_, position) => BigInt(position))),
      ...Object.fromEntries(cache),
    });
    const data = (await logits.getData()) as Float32Array<ArrayBuffer>;
    return comlink.transfer(data, [data.buffer]);
  },
};

export type ModelApi = typeof api;

comlink.expose(api);

// Perplexity of a passage from a model's last hidden states and its output projection, in f32 and in 8 bits, without logits.
import { readFileSync } from "node:fs";
import { scoreHidden } from "wasm-cross-entropy";

const data = new URL("../data/", import.meta.url);

/**
 * The tensors of a .safetensors file: the length of a JSON header, the header, the data.
 *
 * @param {string} name
 */
function readTensors(name) {
  const file = readFileSync(new URL(name, data));
  const start = 8 + Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString("utf8", 8, start));
  /** @param {string} tensor @param {new (bytes: ArrayBuffer) => any} type */
  return (tensor, type) => {
    const { shape, data_offsets: offsets } = header[tensor];
    // a copy, since typed arrays need an aligned offset
    const bytes = Uint8Array.from(file.subarray(start + offsets[0], start + offsets[1])).buffer;
    return { data: new type(bytes), dims: shape };
  };
}

const passage = readTensors("devil.hidden.safetensors");
const hidden = passage("hidden", Float32Array); // row t predicts token t
const targets = passage("targets", BigInt64Array);

const head = readTensors("tiny-gpt/head.safetensors");
const int8 = readTensors("tiny-gpt/head_int8.safetensors");
const heads = {
  f32: head("lm_head.weight", Float32Array),
  int8: { ...int8("lm_head.weight_int8", Int8Array), scales: int8("lm_head.scale", Float32Array) },
};

/** @type {Record<string, unknown>} */
const results = {};
for (const [name, linearWeight] of Object.entries(heads)) {
  const { totals } = scoreHidden(hidden, linearWeight, targets);
  results[name] = { tokens: totals.tokens, nats: totals.nats, perplexity: totals.perplexity, accuracy: totals.accuracy };
}
if (process.argv.includes("--json")) console.log(JSON.stringify(results));
else console.table(results);

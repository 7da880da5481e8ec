/** Scores a text in Node: the same model in onnxruntime's build for Node, and the reference in plain JS and f64. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Tokenizer } from "@huggingface/tokenizers";
import * as ort from "onnxruntime-web";
import * as reference from "../../../build/reference/index.js";
import type { KnownTotals } from "./read-totals.js";

export const dataPath = (name: string) => fileURLToPath(new URL(`../../data/${name}`, import.meta.url));
export const dataText = (name: string) => readFileSync(dataPath(name), "utf8");

const CONTEXT = 256;

/** The JSON that `npm start` prints for its file. */
export function totalsOfCommand(file: string): KnownTotals {
  const main = fileURLToPath(new URL("../../../xent/build/cli/main.js", import.meta.url));
  return JSON.parse(execFileSync(process.execPath, [main, "score", dataPath(file), "--json"], { encoding: "utf8" }));
}

/** Scores a text of any length in windows of 256 ids, 128 apart. After the first window, only a window's second half is scored. */
export async function totalsOfText(text: string): Promise<KnownTotals> {
  const file = JSON.parse(dataText("tiny-gpt/tokenizer.json"));
  const tokenizer = new Tokenizer(file, JSON.parse(dataText("tiny-gpt/tokenizer_config.json")));
  const sequence = [0, ...tokenizer.encode(text, { add_special_tokens: false }).ids];
  const classes = Object.keys(file.model.vocab).length;
  const session = await ort.InferenceSession.create(readFileSync(dataPath("tiny-gpt/onnx/model.onnx")));

  const rows: number[] = [];
  for (let position = 1; position < sequence.length; ) {
    const start = position < CONTEXT ? 0 : position - CONTEXT / 2;
    const end = Math.min(start + CONTEXT, sequence.length);
    const logits = await run(session, sequence.slice(start, end));
    for (; position < end; position++) {
      const row = position - 1 - start;
      for (const logit of logits.subarray(row * classes, (row + 1) * classes)) rows.push(logit);
    }
  }
  const targets = sequence.slice(1);
  const { totals } = reference.scoreTokens(rows, targets, { shape: [targets.length, classes] });
  const bitsPerByte = totals.nats / Math.LN2 / new TextEncoder().encode(text).length;
  return { ...totals, bitsPerByte };
}

async function run(session: ort.InferenceSession, ids: readonly number[]): Promise<Float32Array> {
  const dims = [1, ids.length];
  const noTokens = new ort.Tensor("float32", new Float32Array(0), [1, 6, 0, 24]);
  const cache = session.inputNames.filter((name) => name.startsWith("past_key_values")).map((name) => [name, noTokens]);
  const { logits } = await session.run({
    input_ids: new ort.Tensor("int64", BigInt64Array.from(ids, BigInt), dims),
    attention_mask: new ort.Tensor("int64", new BigInt64Array(ids.length).fill(1n), dims),
    position_ids: new ort.Tensor(
      "int64",
      BigInt64Array.from(ids, (_, position) => BigInt(position)),
      dims,
    ),
    ...Object.fromEntries(cache),
  });
  return logits.data as Float32Array;
}

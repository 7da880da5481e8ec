/** A model and a tokenizer shaped as those of transformers.js: the logits of a position are a function of the tokens before it. */
import { Tokenizer } from "@huggingface/tokenizers";
import type { TextModel, TextTokenizer, TokenizerJson } from "../../src/text.js";

export class FakeTensor {
  constructor(
    readonly type: string,
    readonly data: BigInt64Array | Float32Array | Uint16Array,
    readonly dims: readonly number[],
  ) {}
}

interface TokenizerSettings {
  readonly bos?: number;
  readonly addsBos?: boolean;
  readonly paddingSide?: "left" | "right";
}

export function fakeTokenizer(
  json: TokenizerJson,
  { bos, addsBos = false, paddingSide = "right" }: TokenizerSettings = {},
): TextTokenizer {
  const tokenizer = new Tokenizer(json, {});
  const encode = (text: string, { add_special_tokens = true } = {}) => {
    const { ids } = tokenizer.encode(text, { add_special_tokens: false });
    return addsBos && add_special_tokens ? [bos as number, ...ids] : ids;
  };
  const call = (text: string) => {
    const ids = BigInt64Array.from(encode(text), BigInt);
    return { input_ids: new FakeTensor("int64", ids, [1, ids.length]) };
  };
  return Object.assign(call, { _tokenizerJSON: json, encode, bos_token_id: bos ?? null, padding_side: paddingSide });
}

/** The logit of a class after a context, of which the last `reach` tokens count. */
export function fakeLogit(context: readonly number[], candidate: number, reach = 3): number {
  let state = context.length + 1;
  for (const id of context.slice(-reach)) state = (Math.imul(state, 31) + id) | 0;
  state = Math.imul(state ^ Math.imul(candidate + 1, 0x9e3779b1), 0x85ebca6b);
  return Math.fround((((state ^ (state >>> 13)) >>> 0) / 2 ** 32) * 8 - 4);
}

export interface FakeModel extends TextModel {
  /** The dims of the ids of each call. */
  readonly calls: (readonly number[])[];
}

interface FakeInputs {
  readonly input_ids: object;
  readonly attention_mask: object;
  readonly past_key_values?: Readonly<Record<string, object>>;
}

/** @param classes logits per position */
export function fakeModel(classes: number, config: object = {}, tensorOf = asFloat32): FakeModel {
  const calls: (readonly number[])[] = [];
  const model = async ({ input_ids, attention_mask, past_key_values }: FakeInputs) => {
    const { data: ids, dims } = input_ids as FakeTensor;
    const { data: mask } = attention_mask as FakeTensor;
    const [rows = 0, length = 0] = dims;
    calls.push(dims);
    const past = past_key_values?.["past_key_values.0.key"] as FakeTensor | undefined;
    const before = past?.dims[2] ?? 0;
    const logits = new Float32Array(rows * length * classes);
    // its cache: two heads, the first of which has the ids
    const key = new Float32Array(rows * 2 * (before + length));
    for (let row = 0; row < rows; row++) {
      const context = Array.from(past?.data.subarray(row * 2 * before, (row * 2 + 1) * before) ?? [], Number);
      key.set(context, row * 2 * (before + length));
      for (let at = row * length; at < (row + 1) * length; at++) {
        const column = before + at - row * length;
        // padding is not attended to, and what it gives must not be read
        if (mask[row * (before + length) + column] === 0n) logits.fill(Number.NaN, at * classes, (at + 1) * classes);
        else {
          context.push(Number(ids[at]));
          key[row * 2 * (before + length) + column] = Number(ids[at]);
          for (let c = 0; c < classes; c++) logits[at * classes + c] = fakeLogit(context, c);
        }
      }
    }
    const present = new FakeTensor("float32", key, [rows, 2, before + length, 1]);
    return { logits: tensorOf(logits, [rows, length, classes]), "present.0.key": present };
  };
  return Object.assign(model, { calls, config });
}

function asFloat32(data: Float32Array, dims: readonly number[]): object {
  return new FakeTensor("float32", data, dims);
}

/** Log-probability, rank and entropy of a token after a context, in f64. */
export function fakeScore(context: readonly number[], id: number, classes: number) {
  const logits = Float64Array.from({ length: classes }, (_, candidate) => fakeLogit(context, candidate));
  const target = logits[id] as number;
  let greatest = target;
  let before = 0;
  for (const [candidate, x] of logits.entries()) {
    greatest = Math.max(greatest, x);
    if (x > target || (x === target && candidate < id)) before++;
  }
  let sum = 0;
  for (const x of logits) sum += Math.exp(x - greatest);
  const lse = greatest + Math.log(sum);
  let entropy = 0;
  for (const x of logits) entropy -= Math.exp(x - lse) * (x - lse);
  return { logProb: target - lse, rank: 1 + before, entropy };
}

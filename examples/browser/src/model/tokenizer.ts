import { Tokenizer } from "@huggingface/tokenizers";
import type { TextTokenizer, TokenizerJson } from "wasm-cross-entropy/text";

/** A tensor as the model receives it. */
export class IdTensor {
  constructor(
    readonly type: "int64",
    readonly data: BigInt64Array,
    readonly dims: readonly number[],
  ) {}
}

/** A tokenizer of @huggingface/tokenizers in the shape of transformers.js's, which `wasm-cross-entropy/text` takes. */
export function textTokenizer(json: TokenizerJson, config: object): TextTokenizer {
  const tokenizer = new Tokenizer(json, config);
  const encode = (text: string, { add_special_tokens = true } = {}) => tokenizer.encode(text, { add_special_tokens }).ids;
  const call = (text: string) => {
    const ids = BigInt64Array.from(encode(text), BigInt);
    return { input_ids: new IdTensor("int64", ids, [1, ids.length]) };
  };
  return Object.assign(call, { encode, _tokenizerJSON: json });
}

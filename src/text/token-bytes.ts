import type { NewInt32Array } from "../arguments/types.js";
import { type VocabularySource, vocabularyOf } from "./vocabulary.js";

/**
 * The number of UTF-8 bytes that each id of a tokenizer stands for: the `tokenBytes` of `scoreTokens`, for bits per byte. 0 for
 * special tokens, for the unknown token and for ids that are not in use.
 *
 * - Byte-level BPE (GPT-2, Llama 3, Qwen): one byte per character of the token. The bytes of any text are the sum over its ids, unless
 *   the tokenizer changes the text first (NFC, lower case).
 * - SentencePiece (Llama 2, T5, Gemma): `▁` is a space, `<0xE2>` one byte. A tokenizer that puts a space in front of every text
 *   counts that one too.
 * - WordPiece (BERT): without `##`. The space in front of a word belongs to no token.
 *
 * Source: Hugging Face tokenizers, decoders.
 *
 * @param tokenizer - of transformers.js or @huggingface/tokenizers, or the contents of a tokenizer.json.
 * @returns one number per id, as many as the greatest id + 1. A model's padded vocabulary may have more classes.
 * @throws TypeError for anything but a tokenizer.
 *
 * @example
 * ```ts
 * import { tokenBytesOf } from "wasm-cross-entropy/text";
 *
 * const vocab = { "<unk>": 0, "<0x0A>": 1, "▁the": 2, "é": 3 };
 * const decoder = { type: "Sequence", decoders: [{ type: "Replace", pattern: { String: "▁" }, content: " " }, { type: "ByteFallback" }] };
 * const added_tokens = [{ id: 0, content: "<unk>", special: true }];
 * tokenBytesOf({ added_tokens, decoder, model: { type: "BPE", vocab, byte_fallback: true } }); // => [0, 1, 4, 2]
 * ```
 */
export function tokenBytesOf(tokenizer: VocabularySource): NewInt32Array {
  return Int32Array.from(vocabularyOf(tokenizer).bytes, ({ length }) => length);
}

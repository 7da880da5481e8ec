/** Small tokenizers of the kinds that models have, made here in the form of tokenizer.json. */
import { readFileSync } from "node:fs";
import type { TokenizerJson } from "../../src/text.js";

const special = (id: number, content: string) => ({
  ...{ id, content, special: true },
  ...{ single_word: false, lstrip: false, rstrip: false, normalized: false },
});
const added = (id: number, content: string) => ({ ...special(id, content), special: false });
const BYTES = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`);
const byId = (tokens: readonly string[]) => Object.fromEntries(tokens.map((token, id) => [token, id]));
const SPACES = { type: "Replace", pattern: { String: "▁" }, content: " " };

/** The fields that our types leave out are those that the encoder reads. */
const tokenizer = (json: object) => ({ post_processor: null, ...json }) as unknown as TokenizerJson;

/** The shipped model's: byte-level BPE as in GPT-2. */
export const gpt2: TokenizerJson = JSON.parse(
  readFileSync(new URL("../../examples/data/tiny-gpt/tokenizer.json", import.meta.url), "utf8"),
);

/** Byte-level BPE as in Llama 3 and Qwen: split by a pattern first; with added tokens, special and not. */
export const llama3 = tokenizer({
  ...gpt2,
  ...{
    added_tokens: [...(gpt2.added_tokens ?? []), special(4096, "<|eot|>"), added(4097, "<think>"), added(4098, "日本")],
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [
        {
          type: "Split",
          pattern: { Regex: "\\s+|\\p{L}+|\\p{N}{1,3}|[^\\s\\p{L}\\p{N}]+" },
          behavior: "Isolated",
          invert: false,
        },
        { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false },
      ],
    },
    decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
  },
});

const llamaTokens = ["<unk>", "<s>", "</s>", ...BYTES, "▁", "a", "b", "h", "e", "t", "é", "▁a", "th", "the", "▁the", "😀"];

/** BPE with byte fallback, as in Llama 2: a space in front of every text. */
export const llama2 = tokenizer({
  added_tokens: [special(0, "<unk>"), special(1, "<s>"), special(2, "</s>")],
  normalizer: {
    type: "Sequence",
    normalizers: [
      { type: "Prepend", prepend: "▁" },
      { ...SPACES, pattern: { String: " " }, content: "▁" },
    ],
  },
  pre_tokenizer: null,
  decoder: {
    type: "Sequence",
    decoders: [SPACES, { type: "ByteFallback" }, { type: "Fuse" }, { type: "Strip", content: " ", start: 1, stop: 0 }],
  },
  model: {
    ...{ type: "BPE", vocab: byId(llamaTokens), unk_token: "<unk>", fuse_unk: true, byte_fallback: true },
    merges: ["▁ a", "t h", "th e", "▁ the"],
  },
});

/** Unigram with byte fallback, as in Gemma and newer T5: Metaspace, and no space in front. */
export const unigram = tokenizer({
  added_tokens: [special(0, "<unk>")],
  normalizer: null,
  pre_tokenizer: { type: "Metaspace", replacement: "▁", prepend_scheme: "never", split: false },
  decoder: {
    type: "Sequence",
    decoders: [{ type: "ByteFallback" }, { type: "Metaspace", replacement: "▁", prepend_scheme: "never" }],
  },
  model: {
    ...{ type: "Unigram", unk_id: 0, byte_fallback: true },
    vocab: llamaTokens.map((token, id) => [token, id < 3 ? 0 : id < 259 ? -20 : -token.length - 1 / id]),
  },
});

const words = ["[UNK]", "[CLS]", "un", "##able", "able", "##s", "naïve", "##é", "日", "."];

/** WordPiece, as in BERT. */
export const wordPiece = tokenizer({
  added_tokens: [special(0, "[UNK]"), special(1, "[CLS]")],
  normalizer: { type: "BertNormalizer", clean_text: true, handle_chinese_chars: true, strip_accents: false, lowercase: false },
  pre_tokenizer: { type: "BertPreTokenizer" },
  decoder: { type: "WordPiece", prefix: "##", cleanup: true },
  model: {
    ...{ type: "WordPiece", vocab: byId(words), unk_token: "[UNK]" },
    ...{ continuing_subword_prefix: "##", max_input_chars_per_word: 100 },
  },
});

import { Tokenizer } from "@huggingface/tokenizers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type TokenizerJson, tokenBytesOf } from "../../src/text.js";
import { gpt2, llama2, llama3, unigram, wordPiece } from "./tokenizers.js";
import { unigramEncoder } from "./unigram-encoder.js";

const encoder = new TextEncoder();
const bytesIn = (text: string) => encoder.encode(text).length;

/** The ids that the package of Hugging Face makes of a text. */
function idsOf(json: TokenizerJson): (text: string) => readonly number[] {
  const tokenizer = new Tokenizer(json, {});
  return (text) => tokenizer.encode(text, { add_special_tokens: false }).ids;
}

const texts = fc.string({
  unit: fc.oneof(fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 }), fc.constantFrom(..."the a é\n😀")),
});
const knownTexts = fc.string({ unit: fc.constantFrom(..."the ab é😀") });
const RUNS = { numRuns: 1000 };

describe("tokenBytesOf", () => {
  it.each([
    ["byte-level BPE", gpt2, 0],
    ["byte-level BPE behind a pattern, with added tokens", llama3, 0],
    ["BPE with byte fallback, a space in front of every text", llama2, 1],
    ["Unigram with byte fallback", unigram, 0, unigramEncoder(unigram)],
  ] as const)("%s: the bytes of a text are the sum over its ids", (_, json, inFront, encode = undefined) => {
    const bytes = tokenBytesOf(json);
    const ids = encode ?? idsOf(json);
    const sumOf = (text: string) => ids(text).reduce((sum, id) => sum + (bytes[id] ?? Number.NaN), 0);
    fc.assert(
      fc.property(texts, (text) => {
        if (text !== "") expect(sumOf(text)).toBe(bytesIn(text) + inFront);
      }),
      RUNS,
    );
  });

  it("Unigram without unknown characters: the ids are those of the package", () => {
    const [encode, ids] = [unigramEncoder(unigram), idsOf(unigram)];
    fc.assert(
      fc.property(knownTexts, (text) => {
        expect(encode(text)).toEqual(ids(text));
      }),
    );
  });

  it("WordPiece: all bytes but those of the spaces", () => {
    const bytes = tokenBytesOf(wordPiece);
    expect(Array.from(bytes)).toEqual([0, 0, 2, 4, 4, 1, 6, 2, 3, 1]);
    const ids = idsOf(wordPiece);
    fc.assert(
      fc.property(fc.array(fc.constantFrom("un", "unable", "unables", "naïve", "naïveé", "日", ".")), (given) => {
        const sum = ids(given.join(" ")).reduce((total, id) => total + (bytes[id] ?? Number.NaN), 0);
        expect(sum).toBe(bytesIn(given.join("")));
      }),
      RUNS,
    );
  });

  it("every id of a byte-level vocabulary: the bytes that decoding it alone gives, where they are whole characters", () => {
    for (const json of [gpt2, llama3]) {
      const tokenizer = new Tokenizer(json, {});
      const bytes = tokenBytesOf(json);
      const specials = (json.added_tokens ?? []).flatMap(({ id, special }) => (special ? id : []));
      const wrong = Array.from(bytes, (count, id) => ({
        id,
        count,
        text: tokenizer.decode([id], { clean_up_tokenization_spaces: false }),
      }))
        .filter(({ id, text }) => !specials.includes(id) && !text.includes("\ufffd"))
        .filter(({ count, text }) => count !== bytesIn(text));
      expect(wrong).toEqual([]);
      expect(specials.map((id) => bytes[id])).toEqual(specials.map(() => 0));
    }
  });

  it("takes a tokenizer as transformers.js and @huggingface/tokenizers have it", () => {
    const expected = tokenBytesOf(llama3);
    const tokenizer = new Tokenizer(llama3, {});
    expect(tokenBytesOf(tokenizer)).toEqual(expected);
    expect(tokenBytesOf({ _tokenizerJSON: llama3 })).toEqual(expected);
    expect(tokenBytesOf({ _tokenizer: tokenizer })).toEqual(expected);
  });

  it("gives 0 to ids that are not in use, and reads a vocabulary that is a Map", () => {
    const vocab = new Map([
      ["ab", 0],
      ["c", 3],
    ]);
    expect(Array.from(tokenBytesOf({ model: { vocab } }))).toEqual([2, 0, 0, 1]);
  });

  it("removes the mark of a word's end", () => {
    const model = { type: "BPE", vocab: { "the</w>": 0, th: 1 }, end_of_word_suffix: "</w>" };
    expect(Array.from(tokenBytesOf({ model }))).toEqual([3, 2]);
    expect(Array.from(tokenBytesOf({ model, pre_tokenizer: { type: "ByteLevel" } }))).toEqual([3, 2]);
    expect(Array.from(tokenBytesOf({ model: { vocab: model.vocab }, decoder: { type: "BPEDecoder", suffix: "</w>" } }))).toEqual([
      3, 2,
    ]);
  });

  it.each([[null], ["gpt2"], [{}], [{ model: null }], [{ model: { vocab: ["a", "b"] } }], [new Tokenizer(gpt2, {}).model]])(
    "refuses %s",
    (value) => {
      expect(() => tokenBytesOf(value as never)).toThrow(
        /^tokenizer: expected a tokenizer of transformers\.js 4, .* got .* \(await AutoTokenizer\.from_pretrained\(\.\.\.\)\)$/,
      );
    },
  );
});

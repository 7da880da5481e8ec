import { Tokenizer } from "@huggingface/tokenizers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOfEntry, textOfBytes } from "../src/model/byte-alphabet.js";
import { vocabularyOf } from "../src/model/vocabulary.js";
import { dataText } from "./scores-of-node.js";

const file = JSON.parse(dataText("tiny-gpt/tokenizer.json"));
const vocabulary = vocabularyOf(file);
const tokenizer = new Tokenizer(file, JSON.parse(dataText("tiny-gpt/tokenizer_config.json")));

describe("vocabulary", () => {
  it("has a text and a byte count for every id; the special token has no bytes", () => {
    expect(vocabulary.texts.length).toBe(4096);
    expect(vocabulary.bytes.length).toBe(4096);
    expect(vocabulary.texts[0]).toBe("<|endoftext|>");
    expect(vocabulary.bytes[0]).toBe(0);
    expect(vocabulary.bytes.subarray(1).every((bytes) => bytes > 0)).toBe(true);
  });

  it("counts every byte of any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (text) => {
        const { ids } = tokenizer.encode(text, { add_special_tokens: false });
        const bytes = ids.reduce((sum, id) => sum + vocabulary.bytes[id], 0);
        expect(bytes).toBe(new TextEncoder().encode(text).length);
      }),
    );
  });

  it("shows the passages' tokens unchanged", () => {
    for (const name of ["devil", "widget"]) {
      const { ids, tokens } = JSON.parse(dataText(`${name}.tokens.json`));
      expect(ids.map((id: number) => vocabulary.texts[id])).toEqual(tokens);
    }
  });

  it("shows part of a character as its bytes", () => {
    expect(textOfBytes(Uint8Array.of(0xf0, 0x9f))).toBe("‹F0›‹9F›");
    expect(bytesOfEntry("Ġa")).toEqual(Uint8Array.of(0x20, 0x61));
    expect(() => bytesOfEntry("a b")).toThrow(RangeError);
  });
});

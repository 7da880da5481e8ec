/** Texts as ids, and the token that stands in front of them. */
import { wrongType, wrongUse, wrongValue } from "../errors.js";
import type { TextTokenizer } from "./model.js";

/**
 * - undefined: as the tokenizer does it: BOS if it puts one in front of a text
 * - true: the tokenizer's BOS; false: none
 * - a number: this id
 */
export type BosOption = boolean | number | undefined;

/** @returns the ids of a text, without special tokens */
export function idsOf(tokenizer: TextTokenizer, text: string): readonly number[] {
  return Array.from(tokenizer.encode(text, { add_special_tokens: false }), Number);
}

/** @returns the id in front of each text, undefined for none */
export function bosOf(tokenizer: TextTokenizer, bos: BosOption): number | undefined {
  if (bos === undefined) {
    const [first] = tokenizer.encode("a");
    return first !== undefined && first !== idsOf(tokenizer, "a")[0] ? Number(first) : undefined;
  }
  if (bos === false) return undefined;
  if (typeof bos === "number") {
    if (Number.isSafeInteger(bos) && bos >= 0) return bos;
    throw wrongValue("options.bos", "a token id", bos);
  }
  if (bos !== true) throw wrongType("options.bos", "true, false or a token id", bos);
  const id = tokenizer.bos_token_id ?? undefined;
  if (id === undefined) {
    throw wrongUse("options.bos", "a tokenizer with a BOS token", "one without", "give the id itself, often that of EOS");
  }
  return Number(id);
}

/**
 * The text that each token adds. A token that ends within a character adds the characters that are whole; the token that completes
 * the character adds it. Joined, they are the text.
 */
export function textsOf(bytes: readonly Uint8Array[]): string[] {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  // ASCII stands between whole characters, and a decoder takes microseconds per call
  return bytes.map((part, index) =>
    part.every(isAscii) ? String.fromCharCode(...part) : decoder.decode(part, { stream: index < bytes.length - 1 }),
  );
}

function isAscii(byte: number): boolean {
  return byte < 0x80;
}

/** The text of a token alone; a part of a character is a replacement character. */
export function textOf(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

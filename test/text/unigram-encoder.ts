import type { TokenizerJson } from "../../src/text.js";

/** Below the least score of the vocabulary, by how much a character that is in no token is less probable (sentencepiece, kUnkPenalty). */
const UNKNOWN_PENALTY = 10;

/**
 * A Unigram encoder with byte fallback: the most probable way to cut the text into tokens, and bytes for each character that is in
 * none. The package of Hugging Face has no byte fallback for Unigram.
 *
 * Source: Kudo, "Subword Regularization" (2018), Viterbi; sentencepiece, `byte_fallback`.
 */
export function unigramEncoder({ model }: TokenizerJson): (text: string) => number[] {
  const scores = model.vocab as readonly (readonly [string, number])[];
  const ids = new Map(scores.map(([token], id) => [token, id]));
  const longest = Math.max(...scores.map(([token]) => Array.from(token).length));
  const unknown = Math.min(...scores.map(([, score]) => score)) - UNKNOWN_PENALTY;
  const byteIds = (character: string) =>
    Array.from(new TextEncoder().encode(character), (byte) => {
      return ids.get(`<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`) as number;
    });
  return (text) => {
    const characters = Array.from(text.replaceAll(" ", "▁"));
    const best: { readonly score: number; readonly from: number; readonly ids: readonly number[] }[] = [
      { score: 0, from: 0, ids: [] },
    ];
    for (let to = 1; to <= characters.length; to++) {
      const last = characters[to - 1] as string;
      best[to] = { score: (best[to - 1]?.score ?? 0) + unknown, from: to - 1, ids: byteIds(last) };
      for (let from = Math.max(0, to - longest); from < to; from++) {
        const id = ids.get(characters.slice(from, to).join(""));
        const score = (best[from]?.score ?? 0) + (scores[id ?? 0]?.[1] ?? 0);
        if (id !== undefined && score > (best[to]?.score ?? 0)) best[to] = { score, from, ids: [id] };
      }
    }
    const found: (readonly number[])[] = [];
    for (let at = characters.length; at > 0; at = best[at]?.from ?? 0) found.unshift(best[at]?.ids ?? []);
    return found.flat();
  };
}

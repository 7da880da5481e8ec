import { bytesOfEntry, textOfBytes } from "./byte-alphabet.js";

/** The texts and byte counts of a model's tokens; structured-cloneable. */
export interface Vocabulary {
  /** The text of each id. */
  readonly texts: readonly string[];
  /** Byte count of each id's text, 0 for special tokens: scoreTokens' `tokenBytes`. */
  readonly bytes: Int32Array;
}

/** The parts of a tokenizer.json that the page uses. */
export interface TokenizerFile {
  readonly model: { readonly vocab: Readonly<Record<string, number>> };
  readonly added_tokens: readonly { readonly id: number; readonly content: string }[];
}

export function vocabularyOf({ model, added_tokens: special }: TokenizerFile): Vocabulary {
  const texts: string[] = [];
  const bytes = new Int32Array(Object.keys(model.vocab).length);
  const specialIds = new Set(special.map(({ id }) => id));
  for (const [entry, id] of Object.entries(model.vocab)) {
    if (specialIds.has(id)) continue;
    const own = bytesOfEntry(entry);
    texts[id] = textOfBytes(own);
    bytes[id] = own.length;
  }
  for (const { id, content } of special) texts[id] = content;
  return { texts, bytes };
}

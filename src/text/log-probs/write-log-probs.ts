import { wrongType, wrongValue } from "../../errors.js";
import type { JsonObject } from "./json.js";
import { toChat, toCompletion } from "./openai.js";
import type { TokenLogProbs } from "./types.js";
import { toPrompt } from "./vllm.js";

const FORMATS = { "openai-completion": toCompletion, "openai-chat": toChat, vllm: toPrompt } as const;

/** The shape of a response that `writeLogProbs` makes. */
export type LogProbsFormat = keyof typeof FORMATS;

/**
 * Writes log-probabilities as a language model's server would answer them, for tools that read such responses. `readLogProbs` reads
 * them back. Completions have neither ids nor bytes, chat completions no ids; ranks and ids are written for vLLM alone.
 *
 * @param text - one of `scoreTexts`' texts, or of `readLogProbs`' choices.
 * @returns the response as an object, for JSON.stringify. NaN and -inf become null.
 * @throws TypeError for a text without tokens; RangeError for another format, and for "vllm" without ids.
 *
 * @example
 * ```ts
 * import { readLogProbs, writeLogProbs } from "wasm-cross-entropy/text";
 *
 * const text = { tokens: [{ text: "A", logProb: Number.NaN }, { text: " cat", logProb: -2.5 }] };
 * const body = JSON.stringify(writeLogProbs(text, { format: "openai-completion" }));
 * readLogProbs(body)[0].tokens.map(({ logProb }) => logProb); // => [NaN, -2.5]
 * ```
 */
export function writeLogProbs(text: TokenLogProbs, { format }: { readonly format: LogProbsFormat }): JsonObject {
  if (!Array.isArray(text?.tokens)) throw wrongType("text", "an object with tokens", text);
  if (!Object.hasOwn(FORMATS, format)) throw wrongValue("options.format", Object.keys(FORMATS).join(", "), format);
  return FORMATS[format](text);
}

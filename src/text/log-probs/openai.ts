/** OpenAI's two shapes of `choices[].logprobs`, which vLLM, llama-server and others answer too. */
import { wrongValue } from "../../errors.js";
import { arrayAt, bytesAt, type JsonObject, logProbAt, objectAt, stringAt } from "./json.js";
import type { TokenLogProb, TokenLogProbs, TopLogProb } from "./types.js";

/** `{ tokens, token_logprobs, top_logprobs, text_offset }` of completions: the first of an echoed prompt has null. */
export function fromCompletion(path: string, logprobs: JsonObject): TokenLogProb[] {
  const texts = arrayAt(`${path}.tokens`, logprobs["tokens"]);
  const values = arrayAt(`${path}.token_logprobs`, logprobs["token_logprobs"]);
  if (values.length !== texts.length) {
    throw wrongValue(`${path}.token_logprobs`, `${texts.length} numbers, one per token`, `${values.length}`);
  }
  const tops = logprobs["top_logprobs"] ? arrayAt(`${path}.top_logprobs`, logprobs["top_logprobs"]) : [];
  return texts.map((text, index) => {
    const at = `[${index}]`;
    const top = tops[index];
    return {
      text: stringAt(`${path}.tokens${at}`, text),
      logProb: logProbAt(`${path}.token_logprobs${at}`, values[index]),
      ...(top ? { top: topOfCompletion(`${path}.top_logprobs${at}`, top) } : {}),
    };
  });
}

function topOfCompletion(path: string, top: unknown): TopLogProb[] {
  const found = Object.entries(objectAt(path, top)).map(([text, logProb]) => ({
    text,
    logProb: logProbAt(`${path}[${JSON.stringify(text)}]`, logProb),
  }));
  return found.sort((a, b) => b.logProb - a.logProb);
}

/** `[{ token, logprob, bytes, top_logprobs }]` of chat completions. */
export function fromChat(path: string, content: unknown): TokenLogProb[] {
  return arrayAt(path, content).map((value, index) => {
    const at = `${path}[${index}]`;
    const token = objectAt(at, value);
    const top = token["top_logprobs"];
    const entries = top ? arrayAt(`${at}.top_logprobs`, top) : [];
    const best = entries.map((entry, rank) => chatToken(`${at}.top_logprobs[${rank}]`, entry));
    return { ...chatToken(at, token), ...(best.length > 0 ? { top: best } : {}) };
  });
}

function chatToken(path: string, value: unknown): TopLogProb {
  const token = objectAt(path, value);
  const bytes = bytesAt(`${path}.bytes`, token["bytes"]);
  return {
    text: stringAt(`${path}.token`, token["token"]),
    logProb: logProbAt(`${path}.logprob`, token["logprob"]),
    ...(bytes && { bytes }),
  };
}

/** The inverse of `fromCompletion`. Tokens of equal text at one position cannot both be written: the first stays, the most probable one. */
export function toCompletion({ tokens }: TokenLogProbs): JsonObject {
  let offset = 0;
  const text_offset = tokens.map(({ text }) => {
    const begin = offset;
    offset += Array.from(text).length;
    return begin;
  });
  const topOf = ({ top }: TokenLogProb) => {
    if (top === undefined) return null;
    const byText = new Map<string, number | null>();
    for (const { text, logProb } of top) if (!byText.has(text)) byText.set(text, orNull(logProb));
    return Object.fromEntries(byText);
  };
  return {
    object: "text_completion",
    choices: [
      {
        index: 0,
        text: textOf(tokens),
        logprobs: {
          tokens: tokens.map(({ text }) => text),
          token_logprobs: tokens.map(({ logProb }) => orNull(logProb)),
          top_logprobs: tokens.some(({ top }) => top) ? tokens.map(topOf) : null,
          text_offset,
        },
      },
    ],
  };
}

/** The inverse of `fromChat`. */
export function toChat({ tokens }: TokenLogProbs): JsonObject {
  const entryOf = ({ text, logProb, bytes }: TopLogProb) => ({ token: text, logprob: orNull(logProb), bytes: bytes ?? null });
  const content = tokens.map((token) => ({ ...entryOf(token), top_logprobs: (token.top ?? []).map(entryOf) }));
  return {
    object: "chat.completion",
    choices: [{ index: 0, message: { role: "assistant", content: textOf(tokens) }, logprobs: { content } }],
  };
}

/** JSON has no NaN and no infinity. */
export function orNull(logProb: number): number | null {
  return Number.isFinite(logProb) ? logProb : null;
}

/** The text of all tokens: by their bytes where all have them, for a token may be a part of a character. */
function textOf(tokens: readonly TokenLogProb[]): string {
  const bytes = tokens.map((token) => token.bytes);
  if (bytes.includes(undefined)) return tokens.map(({ text }) => text).join("");
  return new TextDecoder().decode(Uint8Array.from(bytes.flatMap((part) => part ?? [])));
}

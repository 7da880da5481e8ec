import type { FloatData, IntegerData } from "./tensor.js";

/** Totals over a text: its loss in nats and its number of tokens. */
export interface NatsAndTokens {
  readonly nats: number;
  readonly tokens: number;
}

/** A text's loss in nats and its length in bytes: totals, or one entry per token. */
export type NatsAndBytes =
  | { readonly nats: number; readonly bytes: number }
  | { readonly nats: FloatData; readonly bytes: FloatData | IntegerData }
  | {
      readonly nats: FloatData;
      readonly targets: IntegerData;
      /** Bytes of each token of the vocabulary. */
      readonly tokenBytes: FloatData | IntegerData;
    };

/**
 * Perplexity = exp(mean cross-entropy in nats): of a mean loss, or of totals (`exp(nats / tokens)`).
 *
 * Source: Jelinek et al., "Perplexity - a measure of the difficulty of speech recognition tasks", 1977.
 *
 * @example
 * perplexity({ nats: 0, tokens: 4 }); // => 1
 */
export function perplexity(meanNats: number): number;
export function perplexity(totals: NatsAndTokens): number;
export function perplexity(input: number | NatsAndTokens): number {
  return Math.exp(typeof input === "number" ? input : input.nats / input.tokens);
}

/**
 * Bits per byte = nats / (ln 2 x bytes). With entries per token, a token of 0 bytes (a special token, or with `tokenBytes` a
 * negative target) counts neither nats nor bytes. No bytes at all give Infinity.
 *
 * Source: Karpathy, nanochat, nanochat/loss_eval.py.
 *
 * @example
 * bitsPerByte({ nats: 8 * Math.LN2, bytes: 4 }); // => 2
 */
export function bitsPerByte(input: NatsAndBytes): number {
  const { nats, bytes } = totalNatsAndBytes(input);
  return bytes === 0 ? Number.POSITIVE_INFINITY : nats / (Math.LN2 * bytes);
}

function totalNatsAndBytes(input: NatsAndBytes): { readonly nats: number; readonly bytes: number } {
  if (typeof input.nats === "number") return { nats: input.nats, bytes: (input as { readonly bytes: number }).bytes };
  let nats = 0;
  let bytes = 0;
  for (const [token, natsOfToken] of input.nats.entries()) {
    const bytesOfToken = bytesOf(input as Exclude<NatsAndBytes, { readonly nats: number }>, token);
    if (bytesOfToken === 0) continue;
    nats += natsOfToken;
    bytes += bytesOfToken;
  }
  return { nats, bytes };
}

function bytesOf(input: Exclude<NatsAndBytes, { readonly nats: number }>, token: number): number {
  if ("bytes" in input) return Number(input.bytes[token]);
  const target = Number(input.targets[token]);
  return target < 0 ? 0 : Number(input.tokenBytes[target]);
}

import { wrongType, wrongUse, wrongValue } from "../errors.js";
import { type ScoreTotals, scoreLogProbs } from "../index.js";
import { type BosOption, bosOf, idsOf, textOf, textsOf } from "./encoding.js";
import { checkModel, positionsOf, type TextModel, type TextTokenizer } from "./model.js";
import { type IdScore, type IdWindow, type ModelOptions, modelOptions, scoreWindows } from "./score-windows.js";
import { type Vocabulary, vocabularyOf } from "./vocabulary.js";
import { wholeNumber } from "./whole-number.js";
import { rollingWindows } from "./windows.js";

/** Options of `scoreTexts`. */
export interface ScoreTextsOptions extends ModelOptions {
  /** The most tokens that the model reads at once. Default: the number of positions in the model's configuration. */
  readonly maxLength?: number | undefined;
  /** Tokens between two windows of a text longer than `maxLength`: see {@link rollingWindows}. */
  readonly stride?: number | undefined;
  /**
   * The token in front of each text: `true` for the tokenizer's BOS, `false` for none, or an id. Default: BOS if the tokenizer puts it
   * in front of a text. Without one, a text's first token is not scored.
   */
  readonly bos?: BosOption;
  /** Number of most probable tokens to report at each position, 0 to 100. Default 0. */
  readonly topK?: number | undefined;
  /** Called with the tokens of each window as soon as they are scored, before `onProgress`: to show them, or to save them. */
  readonly onScored?: ((part: ScoredPart) => void) | undefined;
}

/** Tokens that follow each other in a text. */
export interface ScoredPart {
  /** Index of the text. */
  readonly text: number;
  /** Index of the first of the tokens in the text. */
  readonly from: number;
  readonly tokens: readonly ScoredToken[];
}

/** A token of a scored text. */
export interface ScoredToken {
  readonly id: number;
  /** The characters that the token adds to the text: none if it ends within one, which the token that completes it adds. */
  readonly text: string;
  /** The UTF-8 bytes of its own. */
  readonly bytes: readonly number[];
  /** Log-probability in nats; NaN for a first token with nothing in front. */
  readonly logProb: number;
  /** 1 for the most probable token; 0 for a first token with nothing in front. */
  readonly rank: number;
  readonly isGreedy: boolean;
  /** Entropy of the model's distribution here, in nats; NaN for a first token with nothing in front. */
  readonly entropy: number;
  /** With `topK`: the most probable tokens here. */
  readonly top?: readonly {
    readonly id: number;
    readonly text: string;
    readonly bytes: readonly number[];
    readonly logProb: number;
  }[];
}

/** Totals of texts. */
export interface TextTotals extends ScoreTotals {
  bytes: number;
  bitsPerByte: number;
  /** Pieces between white space, as lm-evaluation-harness counts them. */
  words: number;
  /** e^(nats / words). */
  wordPerplexity: number;
  /** e^(nats / bytes). */
  bytePerplexity: number;
}

export interface ScoredText {
  readonly tokens: readonly ScoredToken[];
  readonly totals: TextTotals;
}

export interface ScoredTexts {
  /** In the order given. */
  readonly texts: readonly ScoredText[];
  /** Of all texts, with standard errors clustered by text. */
  readonly totals: TextTotals;
}

const OPTIONS = { maxLength: true, stride: true, bos: true, topK: true, onScored: true } as const;

/**
 * Scores texts with a language model: log-probability, rank and entropy of each token, perplexity, bits per byte.
 *
 * Tokenisation, padding, attention masks, windows, BOS and the shift between logits and tokens are its business. Every token counts
 * once; a text's first token counts if something stands in front of it (`bos`). Texts longer than `maxLength` are read in windows
 * ({@link rollingWindows}); windows of similar length share a call of the model, padded on the tokenizer's `padding_side`, so memory
 * holds the logits of one batch.
 *
 * @param model - A causal language model of transformers.js, or any function that takes `{ input_ids, attention_mask }` and gives
 * `{ logits }` of dims [batch, length, classes]; with the option `head` `{ last_hidden_state }` of [batch, length, width]. In float32
 * or float16, on the CPU or the GPU.
 * @param tokenizer - The model's tokenizer.
 * @param texts - The texts, none of them empty.
 * @returns A promise of the scores of each text's tokens, and totals (`tokens` is the number of those that count).
 * @throws TypeError, RangeError (rejections) for a model without logits and no `head`, an encoder-decoder, a tokenizer whose vocabulary is not the
 * model's, an empty text, a text with no token that counts, options out of range, and for NaN logits, named by text and token.
 *
 * Accuracy: that of `scoreTokens` on the same logits. Padding changes a model's own rounding, by some 1e-6 of a logit.
 *
 * Source: lm-evaluation-harness, `loglikelihood_rolling`; Hugging Face, "Perplexity of fixed-length models".
 *
 * @example
 * ```ts
 * import { scoreTexts } from "wasm-cross-entropy/text";
 *
 * // a model and a tokenizer with the two letters a and b, both equally probable
 * class Tensor {
 *   constructor(type, data, dims) {
 *     Object.assign(this, { type, data, dims });
 *   }
 * }
 * const encode = (text) => Array.from(text, (letter) => "ab".indexOf(letter));
 * const call = () => ({ input_ids: new Tensor("int64", new BigInt64Array(1), [1, 1]) });
 * const tokenizer = Object.assign(call, { encode, _tokenizerJSON: { model: { vocab: { a: 0, b: 1 } } } });
 * const model = async ({ input_ids }) => ({ logits: { data: new Float32Array(input_ids.data.length * 2), dims: [...input_ids.dims, 2] } });
 *
 * const { totals, texts } = await scoreTexts(model, tokenizer, ["abba"], { maxLength: 8 });
 * totals.perplexity; // => 2
 * totals.tokens; // => 3
 * texts[0].tokens[0].logProb; // => NaN
 * ```
 */
export async function scoreTexts(
  model: TextModel,
  tokenizer: TextTokenizer,
  texts: readonly string[],
  options?: ScoreTextsOptions,
): Promise<ScoredTexts> {
  checkModel(model, tokenizer);
  const given = modelOptions<Omit<ScoreTextsOptions, keyof ModelOptions>>(options, OPTIONS);
  const { topK = 0, stride, onScored } = given;
  wholeNumber("options.topK", topK, 0);
  if (onScored !== undefined && typeof onScored !== "function") throw wrongType("options.onScored", "a function", onScored);
  if (!Array.isArray(texts))
    throw wrongType("texts", "an array of strings", texts, typeof texts === "string" ? "[text]" : undefined);
  const bos = bosOf(tokenizer, given.bos);
  const vocabulary = vocabularyOf(tokenizer);
  const encoded = texts.map((text, index) => checkedIds(`texts[${index}]`, text, tokenizer, bos));
  const maxLength = given.maxLength ?? positionsOf(model) ?? Math.max(2, ...encoded.map((ids) => ids.length + 1));
  const windows = encoded.flatMap((ids, text): TextWindow[] =>
    rollingWindows(ids.length, { maxLength, stride, prefix: bos !== undefined }).map((window) => ({
      ...{ name: `texts[${text}]`, text, ids, bos, window },
    })),
  );
  const scored = encoded.map((ids) => unscoredTokens(ids, vocabulary));
  await scoreWindows(model, tokenizer, windows, { ...given, topK, vocabulary: vocabulary.size }, ({ text, window }, scores) => {
    const { scoreFrom: from } = window;
    const all = scored[text] as ScoredToken[];
    const tokens = scores.map((score, offset) => scoredToken(all[from + offset] as ScoredToken, score, topK > 0, vocabulary));
    for (const [offset, token] of tokens.entries()) all[from + offset] = token;
    onScored?.({ text, from, tokens });
  });
  const words = texts.map((text) => text.split(/\s+/).length);
  return {
    texts: scored.map((tokens, index) => ({ tokens, totals: totalsOf(tokens, words[index] as number) })),
    totals: totalsOf(
      scored.flat(),
      words.reduce((sum, count) => sum + count, 0),
      scored.flatMap((tokens, index) => tokens.map(() => index)),
    ),
  };
}

function checkedIds(name: string, text: unknown, tokenizer: TextTokenizer, bos: number | undefined): readonly number[] {
  if (typeof text !== "string") throw wrongType(name, "a string", text);
  if (text === "") throw wrongValue(name, "a text", '""', "leave empty texts out: they have no token");
  const ids = idsOf(tokenizer, text);
  if (ids.length > (bos === undefined ? 1 : 0)) return ids;
  const what = ids.length === 0 ? "none" : "one, with nothing in front of it";
  throw wrongUse(name, "tokens to score", what, ids.length === 0 ? undefined : "bos: true, or the id of a token to put in front");
}

interface TextWindow extends IdWindow {
  readonly text: number;
}

function unscoredTokens(ids: readonly number[], { bytes }: Vocabulary): ScoredToken[] {
  const parts = ids.map((id) => bytes[id] ?? new Uint8Array(0));
  const texts = textsOf(parts);
  const lists = new Map<number, readonly number[]>();
  return ids.map((id, index) => {
    const list = lists.get(id) ?? Array.from(parts[index] as Uint8Array);
    lists.set(id, list);
    const text = texts[index] as string;
    return { id, text, bytes: list, logProb: Number.NaN, rank: 0, isGreedy: false, entropy: Number.NaN };
  });
}

function scoredToken(token: ScoredToken, score: IdScore, hasTop: boolean, { bytes }: Vocabulary): ScoredToken {
  const { logProb, rank, isGreedy, entropy } = score;
  const { id, text, bytes: own } = token;
  if (!hasTop) return { id, text, bytes: own, logProb, rank, isGreedy, entropy };
  const top = score.topIds.map((best, index) => {
    const ofBest = bytes[best] ?? new Uint8Array(0);
    return { id: best, text: textOf(ofBest), bytes: Array.from(ofBest), logProb: score.topLogProbs[index] as number };
  });
  return { id, text, bytes: own, logProb, rank, isGreedy, entropy, top };
}

function totalsOf(tokens: readonly ScoredToken[], words: number, documents?: readonly number[]): TextTotals {
  const { totals } = scoreLogProbs(
    tokens.map(({ logProb }) => logProb),
    {
      tokenBytes: tokens.map(({ bytes }) => bytes.length),
      isGreedy: tokens.map(({ isGreedy }) => isGreedy),
      ...(documents && { documents }),
    },
  );
  const { nats, bytes = 0, bitsPerByte = Number.NaN } = totals;
  return { ...totals, bytes, bitsPerByte, words, wordPerplexity: Math.exp(nats / words), bytePerplexity: Math.exp(nats / bytes) };
}

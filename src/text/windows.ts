import { wrongType, wrongValue } from "../errors.js";
import { wholeNumber } from "./whole-number.js";

/** Options of `rollingWindows`. */
export interface RollingWindowsOptions {
  /** The most tokens that the model reads at once, at least 2. */
  readonly maxLength: number;
  /**
   * Tokens from one window to the next, 1 to `maxLength`: each window reads `maxLength` tokens and scores those that are new, as in
   * Hugging Face's guide to perplexity. Default: windows that share no scored token and only the context of the first, as
   * lm-evaluation-harness makes them.
   */
  readonly stride?: number | undefined;
  /** The model reads one more token, such as BOS, in front of the first: token 0 is scored too. Default false. */
  readonly prefix?: boolean | undefined;
}

/**
 * What a model reads at once, and what of it counts: the row of token k - 1 scores token k. The last row of a window would score
 * the token behind it, so that token is not read.
 */
export interface TokenWindow {
  /** The first token that the model reads; -1 is the prefix. */
  readonly inputFrom: number;
  /** The index after the last token that the model reads. */
  readonly inputTo: number;
  /** The first token that counts. */
  readonly scoreFrom: number;
  /** The index after the last token that counts. */
  readonly scoreTo: number;
}

/**
 * Divides a text that is longer than a model's context into windows in which every token is scored exactly once. Token 0 has nothing
 * in front of it and is scored only with a prefix.
 *
 * Without `stride`: the first window scores as many tokens as the model reads; each further window scores the next `maxLength`
 * tokens, and its first row has one token of context. The last window is moved to the left, so that it has more.
 * With `stride` s: window j reads from token j s on, and scores the tokens behind those of window j - 1. At s = `maxLength` it begins
 * one token earlier, because Hugging Face's loop would not score its first token.
 *
 * Source: lm-evaluation-harness, `get_rolling_token_windows` (context_len 1); Hugging Face, "Perplexity of fixed-length models".
 *
 * @param tokens - the number of tokens, or the tokens.
 * @throws TypeError, RangeError for a length or an option that is not a whole number in its range.
 *
 * @example
 * ```ts
 * import { rollingWindows } from "wasm-cross-entropy/text";
 *
 * const windows = rollingWindows(5, { maxLength: 3, prefix: true });
 * windows.map(({ inputFrom, inputTo }) => [inputFrom, inputTo]); // => [[-1, 2], [1, 4]]
 * windows.map(({ scoreFrom, scoreTo }) => [scoreFrom, scoreTo]); // => [[0, 3], [3, 5]]
 * ```
 */
export function rollingWindows(
  tokens: number | ArrayLike<unknown>,
  { maxLength, stride, prefix = false }: RollingWindowsOptions,
): TokenWindow[] {
  const count = wholeNumber("tokens", typeof tokens === "object" && tokens !== null ? tokens.length : tokens, 0);
  const most = wholeNumber("options.maxLength", maxLength, 2);
  if (typeof prefix !== "boolean") throw wrongType("options.prefix", "true or false", prefix);
  const first = prefix ? -1 : 0;
  if (stride === undefined) return disjoint(first, count, most);
  const step = wholeNumber("options.stride", stride, 1);
  if (step > most) {
    throw wrongValue("options.stride", `at most maxLength, ${most}`, step, "tokens between two windows would not be scored");
  }
  return sliding(first, count, most, step);
}

function disjoint(first: number, count: number, most: number): TokenWindow[] {
  const windows: TokenWindow[] = [];
  for (let scoreFrom = first + 1; scoreFrom < count; scoreFrom += most) {
    const scoreTo = Math.min(count, scoreFrom + most);
    windows.push({ inputFrom: Math.max(first, scoreTo - 1 - most), inputTo: scoreTo - 1, scoreFrom, scoreTo });
  }
  return windows;
}

function sliding(first: number, count: number, most: number, step: number): TokenWindow[] {
  const windows: TokenWindow[] = [];
  let scoreFrom = first + 1;
  for (let from = first; scoreFrom < count; from += step) {
    const scoreTo = Math.min(count, from + most);
    windows.push({ inputFrom: Math.min(from, scoreFrom - 1), inputTo: scoreTo - 1, scoreFrom, scoreTo });
    scoreFrom = scoreTo;
  }
  return windows;
}

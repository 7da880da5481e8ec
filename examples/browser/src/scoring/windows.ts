import { IGNORED } from "./scored.js";

/** The input of one run of the model, and the targets to score. */
export interface Window {
  readonly ids: Int32Array;
  /** The ids themselves, with IGNORED for those that an earlier window has scored. scoreTokens shifts them by one. */
  readonly targets: Int32Array;
}

/**
 * Cuts a text that is longer than the model's context into windows that overlap by half. Each token is scored once, and except in
 * the first window it has at least half a context of text before it.
 *
 * Source: Hugging Face, transformers, "Perplexity of fixed-length models" (the strided sliding window).
 *
 * @param sequence the start token, then the tokens of the text
 * @param context most ids per window, at least 2
 */
export function* windowsOf(sequence: Int32Array, context: number): Generator<Window> {
  let scored = 1;
  for (let start = 0; scored < sequence.length; start += Math.floor(context / 2)) {
    const ids = sequence.slice(start, start + context);
    const targets = sequence.slice(start, start + context).fill(IGNORED, 0, scored - start);
    yield { ids, targets };
    scored = start + ids.length;
  }
}

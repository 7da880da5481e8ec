import { IGNORED } from "./scored.js";

/** What the model reads at once, and what of it is scored. */
export interface Window {
  readonly ids: Int32Array;
  /** The id that follows each of the ids; IGNORED for one that an earlier window has scored, and after the last. */
  readonly targets: Int32Array;
}

/**
 * A text longer than the model's context, cut into windows that overlap by half: each token is scored once, and but for the first
 * ones with half a context of text before it.
 *
 * Source: Hugging Face, transformers, "Perplexity of fixed-length models" (the strided sliding window).
 *
 * @param sequence the start token and the text's
 * @param context most ids of a window, at least 2
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

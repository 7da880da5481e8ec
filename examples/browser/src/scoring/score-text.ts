import { type Engine, mergeScores, type ScoreTotals } from "wasm-cross-entropy";
import { CONTEXT, type Model, START_ID } from "../model/model.js";
import { untilAborted } from "../until-aborted.js";
import { IGNORED, type LogitRows, type ScoredPart, TOP, tokensOf } from "./scored.js";
import { type Window, windowsOf } from "./windows.js";

/**
 * Runs the model over a text and scores its logits window by window, so that memory does not grow with the text.
 * @throws the signal's reason; RangeError for an empty text
 */
export async function* scoreText(text: string, model: Model, engine: Engine, signal: AbortSignal): AsyncGenerator<ScoredPart> {
  const ids = await untilAborted(model.encode(text), signal);
  if (ids.length === 0) throw new RangeError("There is no text to score.");
  const sequence = new Int32Array(ids.length + 1);
  sequence[0] = START_ID;
  sequence.set(ids, 1);
  const classes = model.vocabulary.bytes.length;
  let totals: ScoreTotals | undefined;
  let done = 0;
  for (const window of windowsOf(sequence, CONTEXT)) {
    const logits = await untilAborted(model.run(window.ids), signal);
    const scores = await engine.scoreTokens(logits, window.targets, {
      shape: [1, window.ids.length, classes],
      shift: 1,
      topK: TOP,
      tokenBytes: model.vocabulary.bytes,
      signal,
    });
    // row i was scored against target i + 1
    const next = Int32Array.of(...window.targets.subarray(1), IGNORED);
    const tokens = tokensOf(scores, next, CONTEXT);
    totals = totals ? mergeScores([totals, scores.totals]) : scores.totals;
    done += tokens.length;
    yield { tokens, totals, done, of: ids.length, classes, rows: rowsOf(window, logits, classes) };
  }
}

/** The window's rows that have a next token: all but the last. */
function rowsOf({ ids }: Window, logits: Float32Array, classes: number): LogitRows {
  const rows = ids.length - 1;
  return { logits: logits.subarray(0, rows * classes), targets: ids.subarray(1), rows, classes };
}

/** Windows of ids, in batches through a model, to a score per token. */

import { rawWeight } from "../arguments/linear-weight.js";
import { checkOptions } from "../arguments/options.js";
import { wrongType, wrongUse, wrongValue } from "../errors.js";
import { type Engine, type LocalEngine, scoreHidden, scoreTokens, type TokenScores } from "../index.js";
import { Batch, type BatchRows, type TextModel, type TextTokenizer, takesCache } from "./model.js";
import { checkHead, type OutputHead } from "./output-head.js";
import { SharedContext } from "./shared-context.js";
import { freeOnGpu } from "./tensor-data.js";
import { wholeNumber } from "./whole-number.js";
import type { TokenWindow } from "./windows.js";

/** What all functions that run a model have in common. */
export interface ModelOptions {
  /** Windows per call of the model. By default as many as have 512 tokens, padding included, and at least one. */
  readonly batchSize?: number | undefined;
  /** Classes of the model's vocabulary, if it differs from the tokenizer's: others are left out as padding. */
  readonly classes?: number | undefined;
  /**
   * The output projection of a model that returns `last_hidden_state` instead of logits. The logits are computed in small blocks
   * and never held as a whole.
   */
  readonly head?: OutputHead | undefined;
  /** Aborts between two batches; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each batch with the number of tokens scored so far and of all. */
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => void) | undefined;
  /** Computes on the engine's threads instead of this one. */
  readonly engine?: Engine | LocalEngine | undefined;
}

/** A list of ids and what of it is read at once. */
export interface IdWindow {
  /** The argument that the ids came from, for errors: `texts[3]`. */
  readonly name: string;
  readonly ids: readonly number[];
  /** The id in front of them; undefined if no window begins with it. */
  readonly bos: number | undefined;
  readonly window: TokenWindow;
}

/** The score of one token. */
export interface IdScore {
  readonly logProb: number;
  readonly rank: number;
  readonly isGreedy: boolean;
  readonly entropy: number;
  readonly topIds: readonly number[];
  readonly topLogProbs: readonly number[];
}

const IGNORED = -100;
const NOTHING: readonly number[] = [];
/** Tokens per call of the model, by default. */
const BATCH_TOKENS = 512;

type Settings = ModelOptions & {
  readonly topK: number;
  /** Ids of the tokenizer. */
  readonly vocabulary: number;
  /** Tokens that all windows begin with and that none of them scores. Run once, if the model has a cache. */
  readonly shared?: number;
};

/**
 * Scores all windows. Those of similar length share a batch, so little is padding; `put` gets the scores of each window's tokens, in
 * any order of windows.
 */
export async function scoreWindows<Window extends IdWindow>(
  model: TextModel,
  tokenizer: TextTokenizer,
  windows: readonly Window[],
  options: Settings,
  put: (window: Window, scores: readonly IdScore[]) => void,
): Promise<void> {
  const { signal, onProgress, batchSize, shared = 0 } = options;
  const total = windows.reduce((sum, { window }) => sum + window.scoreTo - window.scoreFrom, 0);
  const byLength = [...windows].sort((a, b) => lengthOf(b.window) - lengthOf(a.window));
  let done = 0;
  const score = async (batch: readonly Window[], context?: SharedContext) => {
    signal?.throwIfAborted();
    const { scores, outputs } = await scoreBatch(model, tokenizer, batch, { ...options, context });
    for (const [index, window] of batch.entries()) {
      const scored = scores[index] as readonly IdScore[];
      put(window, scored);
      done += scored.length;
    }
    onProgress?.({ done, total });
    return outputs;
  };
  let context: SharedContext | undefined;
  if (shared > 0 && byLength.length > 1 && takesCache(model)) {
    // the first window is run whole, and the others go on behind what they share with it
    const first = byLength.shift() as Window;
    const outputs = await score([first]);
    context = await SharedContext.of(outputs, lengthOf(first.window), shared);
    await freeOnGpu(outputs);
  }
  for (const batch of batchesOf(byLength, batchSize)) await freeOnGpu(await score(batch, context));
}

function lengthOf({ inputFrom, inputTo }: TokenWindow): number {
  return inputTo - inputFrom;
}

function* batchesOf<Window extends IdWindow>(windows: readonly Window[], size: number | undefined): Generator<readonly Window[]> {
  for (let from = 0; from < windows.length; ) {
    const longest = lengthOf((windows[from] as Window).window);
    const count = size ?? Math.max(1, Math.floor(BATCH_TOKENS / longest));
    yield windows.slice(from, from + count);
    from += count;
  }
}

async function scoreBatch(
  model: TextModel,
  tokenizer: TextTokenizer,
  windows: readonly IdWindow[],
  { context, ...options }: Settings & { readonly context: SharedContext | undefined },
): Promise<{ readonly scores: readonly (readonly IdScore[])[]; readonly outputs: BatchRows["outputs"] }> {
  const { head, topK } = options;
  const batch = new Batch(windows.map(inputOf), tokenizer, context);
  const output = await batch.run(model, head ? "last_hidden_state" : "logits");
  const classes = classesOf(head ? rawWeight(head.linearWeight).sized(output.width).classes : output.width, options);
  const targets = new Int32Array(batch.rows).fill(IGNORED);
  const rows = windows.map(({ name, ids, window: { inputFrom, scoreFrom, scoreTo } }, index) =>
    Array.from({ length: scoreTo - scoreFrom }, (_, offset) => {
      const at = scoreFrom + offset;
      const row = batch.rowOf(index, at - 1 - inputFrom);
      targets[row] = checkedId(name, at, ids[at] as number, classes);
      return row;
    }),
  );
  const found = await scoreRows(output, targets, { ...options, classes });
  const topOf = <Values extends Int32Array | Float32Array>(values: Values | undefined, row: number) =>
    topK === 0 ? NOTHING : Array.from(values?.subarray(row * topK, (row + 1) * topK) ?? []);
  const scores = windows.map((window, index) =>
    (rows[index] as readonly number[]).map((row, offset): IdScore => {
      const logProb = found.logProbs[row] as number;
      if (Number.isNaN(logProb)) throw notANumber(window, window.window.scoreFrom + offset);
      return {
        logProb,
        rank: found.ranks[row] as number,
        isGreedy: found.isGreedy[row] === 1,
        entropy: found.entropies[row] as number,
        topIds: topOf(found.topIds, row),
        topLogProbs: topOf(found.topLogProbs, row),
      };
    }),
  );
  return { scores, outputs: output.outputs };
}

function scoreRows(
  { rows, width }: BatchRows,
  targets: Int32Array,
  { head, engine, topK, classes }: Settings & { readonly classes: number },
): TokenScores | Promise<TokenScores> {
  const shared = { ignoreIndex: IGNORED, topK };
  if (head !== undefined) {
    const { linearWeight, ...layer } = head;
    const options = { ...layer, ...shared };
    return engine ? engine.scoreHidden(rows, linearWeight, targets, options) : scoreHidden(rows, linearWeight, targets, options);
  }
  const options = { ...shared, shape: [targets.length, classes], rowStride: width };
  return engine ? engine.scoreTokens(rows, targets, options) : scoreTokens(rows, targets, options);
}

function inputOf({ ids, bos, window: { inputFrom, inputTo } }: IdWindow): readonly number[] {
  const read = ids.slice(Math.max(0, inputFrom), inputTo);
  return inputFrom < 0 ? [bos as number, ...read] : read;
}

/** The classes to count, of the `width` that the model has. */
function classesOf(width: number, { classes, vocabulary, head }: Settings): number {
  if (classes !== undefined) {
    if (!Number.isSafeInteger(classes) || classes < 1 || classes > width) {
      throw wrongValue("options.classes", `1 to ${width}, the model's classes`, classes);
    }
    if (head === undefined || classes === width) return classes;
    throw wrongValue("options.classes", `${width}, the rows of head.linearWeight`, classes, "give it the rows that count");
  }
  if (width === vocabulary) return width;
  const padded = head ? `give it ${vocabulary} rows, without the padding,` : `classes: ${vocabulary} leaves the padding out,`;
  throw wrongUse(
    head ? "options.head.linearWeight" : "model: logits",
    `${vocabulary} classes, the tokenizer's vocabulary`,
    `${width}`,
    width > vocabulary ? `${padded} or classes: ${width} counts it as the model does` : "is the tokenizer that of this model?",
  );
}

function checkedId(name: string, at: number, id: number, classes: number): number {
  if (id < classes) return id;
  throw wrongValue(`${name}: token ${at}`, `an id below ${classes}, the number of classes`, id);
}

function notANumber({ name }: IdWindow, at: number): RangeError {
  return wrongValue(`${name}: token ${at}`, "logits with a finite maximum and no NaN", "a NaN log-probability");
}

const MODEL_OPTIONS = {
  ...{ batchSize: true, classes: true, head: true },
  ...{ signal: true, onProgress: true, engine: true },
} satisfies Record<keyof ModelOptions, true>;

/** Checks the options of a function that runs a model. @param own an entry for each option of its own */
export function modelOptions<Own extends object>(
  options: (Own & ModelOptions) | undefined,
  own: { readonly [Name in keyof Own]-?: unknown },
): Partial<Own & ModelOptions> {
  const given = checkOptions<Own, ModelOptions>(options, own, MODEL_OPTIONS);
  const { batchSize, onProgress } = given;
  checkHead(given.head);
  if (batchSize !== undefined) wholeNumber("options.batchSize", batchSize, 1);
  if (onProgress !== undefined && typeof onProgress !== "function")
    throw wrongType("options.onProgress", "a function", onProgress);
  return given;
}

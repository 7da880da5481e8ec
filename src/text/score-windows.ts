/** Windows of ids, in batches through a model, to a score per token. */
import { checkOptions } from "../arguments/options.js";
import { wrongType, wrongUse, wrongValue } from "../errors.js";
import { type Engine, type LocalEngine, scoreTokens } from "../index.js";
import { Batch, type TextModel, type TextTokenizer } from "./model.js";
import { wholeNumber } from "./whole-number.js";
import type { TokenWindow } from "./windows.js";

/** What all functions that run a model have in common. */
export interface ModelOptions {
  /** Windows per call of the model. By default as many as have 512 tokens, padding included, and at least one. */
  readonly batchSize?: number | undefined;
  /** Classes of the model's vocabulary, if it differs from the tokenizer's: others are left out as padding. */
  readonly classes?: number | undefined;
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
/** Tokens per call of the model, by default. */
const BATCH_TOKENS = 512;

/**
 * Scores all windows. Those of similar length share a batch, so little is padding; `put` gets the scores of each window's tokens, in
 * any order of windows.
 */
export async function scoreWindows(
  model: TextModel,
  tokenizer: TextTokenizer,
  windows: readonly IdWindow[],
  options: ModelOptions & { readonly topK: number; readonly vocabulary: number },
  put: (window: IdWindow, scores: readonly IdScore[]) => void,
): Promise<void> {
  const { signal, onProgress, batchSize } = options;
  const total = windows.reduce((sum, { window }) => sum + window.scoreTo - window.scoreFrom, 0);
  const byLength = [...windows].sort((a, b) => lengthOf(b.window) - lengthOf(a.window));
  let done = 0;
  for (const batch of batchesOf(byLength, batchSize)) {
    signal?.throwIfAborted();
    for (const [window, scores] of await scoreBatch(model, tokenizer, batch, options)) {
      put(window, scores);
      done += scores.length;
    }
    onProgress?.({ done, total });
  }
}

function lengthOf({ inputFrom, inputTo }: TokenWindow): number {
  return inputTo - inputFrom;
}

function* batchesOf(windows: readonly IdWindow[], size: number | undefined): Generator<readonly IdWindow[]> {
  for (let from = 0; from < windows.length; ) {
    const longest = lengthOf((windows[from] as IdWindow).window);
    const count = size ?? Math.max(1, Math.floor(BATCH_TOKENS / longest));
    yield windows.slice(from, from + count);
    from += count;
  }
}

async function scoreBatch(
  model: TextModel,
  tokenizer: TextTokenizer,
  windows: readonly IdWindow[],
  options: ModelOptions & { readonly topK: number; readonly vocabulary: number },
): Promise<[IdWindow, IdScore[]][]> {
  const batch = new Batch(windows.map(inputOf), tokenizer);
  const { logits, width } = await batch.logits(model);
  const classes = classesOf(width, options);
  const targets = new Int32Array(batch.rows).fill(IGNORED);
  const rows = windows.map(({ name, ids, window: { inputFrom, scoreFrom, scoreTo } }, index) =>
    Array.from({ length: scoreTo - scoreFrom }, (_, offset) => {
      const at = scoreFrom + offset;
      const row = batch.rowOf(index, at - 1 - inputFrom);
      targets[row] = checkedId(name, at, ids[at] as number, classes);
      return row;
    }),
  );
  const { engine, topK } = options;
  const shared = { shape: [batch.rows, classes], rowStride: width, ignoreIndex: IGNORED, topK };
  const scores = await (engine ? engine.scoreTokens(logits, targets, shared) : scoreTokens(logits, targets, shared));
  return windows.map((window, index) => {
    const scored = (rows[index] as number[]).map((row, offset): IdScore => {
      const logProb = scores.logProbs[row] as number;
      if (Number.isNaN(logProb)) throw notANumber(window, window.window.scoreFrom + offset);
      return {
        ...{ logProb, rank: scores.ranks[row] as number, isGreedy: scores.isGreedy[row] === 1 },
        entropy: scores.entropies[row] as number,
        topIds: Array.from(scores.topIds?.subarray(row * topK, (row + 1) * topK) ?? []),
        topLogProbs: Array.from(scores.topLogProbs?.subarray(row * topK, (row + 1) * topK) ?? []),
      };
    });
    return [window, scored];
  });
}

function inputOf({ ids, bos, window: { inputFrom, inputTo } }: IdWindow): readonly number[] {
  const read = ids.slice(Math.max(0, inputFrom), inputTo);
  return inputFrom < 0 ? [bos as number, ...read] : read;
}

function classesOf(
  width: number,
  { classes, vocabulary }: { readonly classes?: number | undefined; readonly vocabulary: number },
): number {
  if (classes !== undefined) {
    if (Number.isSafeInteger(classes) && classes >= 1 && classes <= width) return classes;
    throw wrongValue("options.classes", `1 to ${width}, the model's logits per token`, classes);
  }
  if (width === vocabulary) return width;
  throw wrongUse(
    "model: logits",
    `${vocabulary} classes, the tokenizer's vocabulary`,
    `${width}`,
    width > vocabulary
      ? `classes: ${vocabulary} leaves the padding out, classes: ${width} counts it as the model does`
      : "is the tokenizer that of this model?",
  );
}

function checkedId(name: string, at: number, id: number, classes: number): number {
  if (id < classes) return id;
  throw wrongValue(`${name}: token ${at}`, `an id below ${classes}, the number of classes`, id);
}

function notANumber({ name }: IdWindow, at: number): RangeError {
  return wrongValue(`${name}: token ${at}`, "logits with a finite maximum and no NaN", "a NaN log-probability");
}

const MODEL_OPTIONS = { batchSize: true, classes: true, signal: true, onProgress: true, engine: true } satisfies Record<
  keyof ModelOptions,
  true
>;

/** Checks the options of a function that runs a model. @param own an entry for each option of its own */
export function modelOptions<Own extends object>(
  options: (Own & ModelOptions) | undefined,
  own: { readonly [Name in keyof Own]-?: unknown },
): Partial<Own & ModelOptions> {
  const given = checkOptions<Own, ModelOptions>(options, own, MODEL_OPTIONS);
  const { batchSize, onProgress } = given;
  if (batchSize !== undefined) wholeNumber("options.batchSize", batchSize, 1);
  if (onProgress !== undefined && typeof onProgress !== "function")
    throw wrongType("options.onProgress", "a function", onProgress);
  return given;
}

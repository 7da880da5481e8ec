import { checkOptions } from "../arguments/options.js";
import { wrongType, wrongUse, wrongValue } from "../errors.js";
import { type FloatTensor, scoreTokens } from "../index.js";
import { textOf } from "./encoding.js";
import type { TokenLogProb, TokenLogProbs } from "./log-probs/types.js";
import { membersOf } from "./members.js";
import { type Vocabulary, type VocabularySource, vocabularyOf } from "./vocabulary.js";
import { wholeNumber } from "./whole-number.js";

/** Options of `recordLogProbs`. */
export interface RecordLogProbsOptions {
  /** Number of most probable tokens to record at each position, 0 to 100. Default 0. */
  readonly topK?: number | undefined;
  /**
   * The temperature given to `generate()`, if it samples: transformers.js has divided the logits by it, and it is multiplied back, so
   * that the log-probabilities are the model's own. Default 1.
   */
  readonly temperature?: number | undefined;
  /** Gives the tokens' texts and bytes, which are empty without it. */
  readonly tokenizer?: VocabularySource | undefined;
}

type Ids = readonly (number | bigint)[];

/** A recording of one call of `generate()`. */
export interface LogProbRecorder {
  /** For `generate({ logits_processor: [processor] })`. It changes nothing. */
  readonly processor: <Logits extends object>(inputIds: readonly Ids[], logits: Logits) => Logits;
  /**
   * The generated tokens of each sequence, without the prompt; each with its log-probability, id and rank. Sequences that ended
   * before the others go on with what the model generated behind their end.
   *
   * @param sequences - what `generate()` returned.
   * @throws TypeError, RangeError if they are not the sequences of the recorded call.
   */
  result(sequences: unknown): TokenLogProbs[];
}

const OPTIONS = { topK: true, temperature: true, tokenizer: true } as const;

/**
 * Records the log-probabilities of the tokens that `generate()` of transformers.js chooses, greedily or by sampling, in batches too.
 * transformers.js accepts `output_scores` and returns nothing.
 *
 * The log-probabilities are of the logits that the processor sees: those of the model, before top-k and top-p, and behind processors
 * of `generate()`'s own, such as `repetition_penalty`. The logits of one step are kept until the next one shows what was chosen.
 *
 * @returns A processor for `generate()`, and `result`. A recorder serves any number of calls, one after the other; `result` is of the
 * last.
 * @throws TypeError, RangeError for an option out of its range.
 *
 * @example
 * ```ts
 * import { recordLogProbs } from "wasm-cross-entropy/text";
 *
 * const recorder = recordLogProbs();
 * // const sequences = await model.generate({ ...inputs, logits_processor: [recorder.processor] });
 * // is in two steps, for the prompt [7] and a vocabulary of two:
 * recorder.processor([[7n]], { data: new Float32Array([0, 0]), dims: [1, 2] });
 * recorder.processor([[7n, 1n]], { data: new Float32Array([2, 0]), dims: [1, 2] });
 * const [sequence] = recorder.result([[7n, 1n, 0n]]);
 * sequence.tokens.map(({ logProb }) => logProb); // => [-0.6931472, -0.126928]
 * ```
 */
export function recordLogProbs(options?: RecordLogProbsOptions): LogProbRecorder {
  const { topK = 0, temperature = 1, tokenizer } = checkOptions<RecordLogProbsOptions>(options, OPTIONS);
  wholeNumber("options.topK", topK, 0);
  if (!(typeof temperature === "number" && temperature > 0))
    throw wrongValue("options.temperature", "a number above 0", temperature);
  const settings = { topK, temperature: 1 / temperature };
  const vocabulary = tokenizer && vocabularyOf(tokenizer);
  let recording: Recording | undefined;
  return {
    processor: (inputIds, logits) => {
      const rows = inputIds.map((ids) => ids.length);
      if (!recording?.isNext(inputIds)) recording = new Recording(rows, settings, vocabulary);
      else recording.choose(inputIds);
      recording.keep(logits);
      return logits;
    },
    result: (sequences) => {
      const rows = rowsOf(sequences);
      if (recording === undefined) {
        throw wrongUse("sequences", "a recorded call of generate()", "none", "generate({ logits_processor: [processor] })");
      }
      return recording.end(rows);
    },
  };
}

/** One call of generate(). */
class Recording {
  readonly #prompts: readonly number[];
  readonly #settings: { readonly topK: number; readonly temperature: number };
  readonly #vocabulary: Vocabulary | undefined;
  readonly #tokens: TokenLogProb[][];
  /** The logits of the last step, whose choice is not known yet. */
  #logits: { readonly data: unknown; readonly type: unknown; readonly classes: number } | undefined;

  constructor(
    prompts: readonly number[],
    settings: { readonly topK: number; readonly temperature: number },
    vocabulary: Vocabulary | undefined,
  ) {
    this.#prompts = prompts;
    this.#settings = settings;
    this.#vocabulary = vocabulary;
    this.#tokens = prompts.map(() => []);
  }

  /** Whether these ids are those of the last step and one more. */
  isNext(inputIds: readonly Ids[]): boolean {
    return (
      inputIds.length === this.#prompts.length &&
      inputIds.every((ids, row) => {
        const recorded = this.#tokens[row] as readonly TokenLogProb[];
        const from = this.#prompts[row] as number;
        return ids.length === from + recorded.length + 1 && recorded.every(({ id }, index) => Number(ids[from + index]) === id);
      })
    );
  }

  /** Keeps a copy, because what comes behind this processor may change the logits in place. */
  keep(logits: object): void {
    const { data, dims, type } = membersOf(logits) as {
      readonly data?: unknown;
      readonly dims?: readonly number[];
      readonly type?: unknown;
    };
    const classes = dims?.at(-1);
    if (!ArrayBuffer.isView(data) || !("slice" in data) || !classes) throw wrongType("logits", "a tensor", logits);
    this.#logits = { data: (data as Float32Array).slice(), type, classes };
  }

  /** Scores the last step by what was chosen: the last id of each sequence. */
  choose(sequences: readonly Ids[]): void {
    if (this.#logits === undefined) return;
    const { data, type, classes } = this.#logits;
    const { topK } = this.#settings;
    const chosen = Int32Array.from(sequences, (ids) => Number(ids.at(-1)));
    const logits = { data, type, dims: [chosen.length, classes] } as FloatTensor;
    const { logProbs, ranks, topIds, topLogProbs } = scoreTokens(logits, chosen, this.#settings);
    chosen.forEach((id, row) => {
      const best = Array.from(topIds?.subarray(row * topK, (row + 1) * topK) ?? []);
      const top = best.map((candidate, rank) => ({
        ...this.#named(candidate),
        logProb: topLogProbs?.[row * topK + rank] as number,
      }));
      this.#tokens[row]?.push({
        ...this.#named(id),
        ...{ logProb: logProbs[row] as number, rank: ranks[row] as number },
        ...(topK > 0 && { top }),
      });
    });
    this.#logits = undefined;
  }

  #named(id: number) {
    const bytes = this.#vocabulary?.bytes[id];
    return bytes === undefined ? { id, text: "" } : { id, text: textOf(bytes), bytes: Array.from(bytes) };
  }

  end(sequences: readonly Ids[]): TokenLogProbs[] {
    // result() may be asked for more than once
    if (this.#logits !== undefined) {
      if (!this.isNext(sequences)) throw notRecorded(sequences);
      this.choose(sequences);
    }
    const isSame = sequences.length === this.#tokens.length && sequences.every((ids, row) => this.#isRecorded(ids, row));
    if (!isSame) throw notRecorded(sequences);
    return this.#tokens.map((tokens) => ({ tokens: [...tokens] }));
  }

  #isRecorded(ids: Ids, row: number): boolean {
    const recorded = this.#tokens[row] as readonly TokenLogProb[];
    const from = this.#prompts[row] as number;
    return ids.length === from + recorded.length && recorded.every(({ id }, index) => Number(ids[from + index]) === id);
  }
}

function notRecorded(sequences: readonly Ids[]): RangeError {
  const lengths = sequences.map((ids) => ids.length).join(", ");
  return wrongValue("sequences", "those of the recorded call of generate()", `others (of ${lengths || "no"} tokens)`);
}

/** The rows of what generate() returns: a tensor, lists of ids, or an object with `sequences`. */
function rowsOf(sequences: unknown): Ids[] {
  const given = membersOf(sequences)?.["sequences"] ?? sequences;
  if (Array.isArray(given) && given.every(Array.isArray)) return given;
  const { data, dims } = (membersOf(given) ?? {}) as {
    readonly data?: ArrayLike<number | bigint>;
    readonly dims?: readonly number[];
  };
  const [rows, length] = dims ?? [];
  if (data === undefined || rows === undefined || length === undefined) {
    throw wrongType("sequences", "what generate() returned", sequences);
  }
  const ids = Array.from(data);
  return Array.from({ length: rows }, (_, row) => ids.slice(row * length, (row + 1) * length));
}

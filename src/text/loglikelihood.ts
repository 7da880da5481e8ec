import { wrongType, wrongUse } from "../errors.js";
import { type BosOption, bosOf, idsOf } from "./encoding.js";
import { checkModel, positionsOf, type TextModel, type TextTokenizer } from "./model.js";
import { type IdScore, type IdWindow, type ModelOptions, modelOptions, scoreWindows } from "./score-windows.js";
import { vocabularyOf } from "./vocabulary.js";
import { wholeNumber } from "./whole-number.js";

/** Options of `loglikelihood`. */
export interface LoglikelihoodOptions extends ModelOptions {
  /** The most tokens that the model reads at once; the context is cut at its beginning. Default: the model's number of positions. */
  readonly maxLength?: number | undefined;
  /**
   * The token in front of the context: `true` for the tokenizer's BOS, `false` for none, or an id. Default: BOS if the tokenizer puts it
   * in front of a text. An empty context needs one; there BOS, or else EOS, is the default.
   */
  readonly bos?: BosOption;
  /** Also scores each continuation behind an empty context, which `multipleChoice` uses for acc_mutual_info. Default false. */
  readonly unconditional?: boolean | undefined;
}

/** How probable a continuation is after its context. */
export interface Continuation {
  /** Sum of its tokens' log-probabilities, in nats. */
  readonly logProb: number;
  /** Whether greedy decoding would produce exactly this continuation. */
  readonly isGreedy: boolean;
  readonly tokens: number;
  /** UTF-8 bytes of the continuation as given. */
  readonly bytes: number;
  /** Code points of the continuation as given: what `acc_norm` divides by. */
  readonly characters: number;
  /** With `unconditional`: the sum behind an empty context. */
  readonly unconditionalLogProb?: number;
}

const OPTIONS = { maxLength: true, bos: true, unconditional: true } as const;

/**
 * Log-probabilities of continuations of a context, as lm-evaluation-harness defines them: spaces at the end of the context belong to
 * the continuation, and context and continuation are tokenised together; the continuation's tokens are those behind as many tokens
 * as the context alone has.
 *
 * If the model has a cache of keys and values (all decoders of transformers.js do), the tokens that all continuations follow are run
 * once.
 *
 * @param model - As in {@link scoreTexts}.
 * @param context - May be empty: then the continuation follows BOS, or EOS if there is no BOS.
 * @param continuations - Answers of a multiple-choice question, say; `multipleChoice` takes the result and picks one. None of them empty.
 * @returns A promise of one result per continuation, in their order.
 * @throws TypeError, RangeError (rejections) as in {@link scoreTexts}; also for a continuation without a token of its own, and one with
 * more tokens than `maxLength`.
 *
 * Source: lm-evaluation-harness, `TemplateLM.loglikelihood` and `_encode_pair`.
 *
 * @example
 * ```ts
 * import { loglikelihood } from "wasm-cross-entropy/text";
 *
 * // a model and a tokenizer with the letters a, b and the space, all equally probable
 * class Tensor {
 *   constructor(type, data, dims) {
 *     Object.assign(this, { type, data, dims });
 *   }
 * }
 * const encode = (text) => Array.from(text, (letter) => "ab ".indexOf(letter));
 * const call = () => ({ input_ids: new Tensor("int64", new BigInt64Array(1), [1, 1]) });
 * const tokenizer = Object.assign(call, { encode, _tokenizerJSON: { model: { vocab: { a: 0, b: 1, " ": 2 } } } });
 * const model = async ({ input_ids }) => ({ logits: { data: new Float32Array(input_ids.data.length * 3), dims: [...input_ids.dims, 3] } });
 *
 * const [first, second] = await loglikelihood(model, tokenizer, "ab ", ["a", "bb"]);
 * first.tokens; // => 2
 * second.logProb; // => -3.2958369
 * ```
 */
export async function loglikelihood(
  model: TextModel,
  tokenizer: TextTokenizer,
  context: string,
  continuations: readonly string[],
  options?: LoglikelihoodOptions,
): Promise<Continuation[]> {
  checkModel(model, tokenizer);
  const given = modelOptions<Omit<LoglikelihoodOptions, keyof ModelOptions>>(options, OPTIONS);
  if (typeof context !== "string") throw wrongType("context", "a string", context);
  if (!Array.isArray(continuations)) throw wrongType("continuations", "an array of strings", continuations);
  const bos = frontOf(tokenizer, context, given.bos);
  if (given.maxLength !== undefined) wholeNumber("options.maxLength", given.maxLength, 1);
  const maxLength = given.maxLength ?? positionsOf(model) ?? Number.POSITIVE_INFINITY;
  const windows = continuations.map((continuation, index) =>
    windowOf(tokenizer, context, continuation, { name: `continuations[${index}]`, bos, maxLength }),
  );
  const found = new Map<IdWindow, readonly IdScore[]>();
  const settings = { ...given, topK: 0, vocabulary: vocabularyOf(tokenizer).size, shared: sharedOf(windows) };
  await scoreWindows(model, tokenizer, windows, settings, (window, scores) => found.set(window, scores));
  const alone = given.unconditional
    ? await loglikelihood(model, tokenizer, "", continuations, { ...given, unconditional: false })
    : undefined;
  return windows.map((window, index) => {
    const scores = found.get(window) as readonly IdScore[];
    const continuation = continuations[index] as string;
    return {
      logProb: scores.reduce((sum, { logProb }) => sum + logProb, 0),
      isGreedy: scores.every(({ isGreedy }) => isGreedy),
      ...{ tokens: scores.length, bytes: new TextEncoder().encode(continuation).length },
      characters: Array.from(continuation).length,
      ...(alone && { unconditionalLogProb: (alone[index] as Continuation).logProb }),
    };
  });
}

/** The tokens that all windows begin with and that none of them scores; one more is left to each, whose row scores the next. */
function sharedOf([first, ...others]: readonly IdWindow[]): number {
  if (first === undefined) return 0;
  const read = ({ ids, window: { inputFrom } }: IdWindow, at: number) => ids[inputFrom + at];
  let shared = Math.min(...[first, ...others].map(({ window }) => window.scoreFrom - 1 - window.inputFrom));
  for (const other of others) {
    let same = 0;
    while (same < shared && read(first, same) === read(other, same)) same++;
    shared = same;
  }
  return shared;
}

function frontOf(tokenizer: TextTokenizer, context: string, option: BosOption): number | undefined {
  const bos = bosOf(tokenizer, option);
  if (bos !== undefined || context !== "") return bos;
  const id = tokenizer.bos_token_id ?? tokenizer.eos_token_id;
  if (option === undefined && id !== undefined && id !== null) return Number(id);
  throw wrongUse("context", "a text, or a token in front of an empty one", '""', "bos: the id of the token that begins a text");
}

interface Place {
  readonly name: string;
  readonly bos: number | undefined;
  readonly maxLength: number;
}

/** The ids of both together, and of them those that count. */
function windowOf(tokenizer: TextTokenizer, context: string, continuation: unknown, { name, bos, maxLength }: Place): IdWindow {
  if (typeof continuation !== "string") throw wrongType(name, "a string", continuation);
  const before = context.trimEnd();
  const all = idsOf(tokenizer, context + continuation);
  // with an empty context there is nothing to tokenise together
  const scoreFrom = before === "" ? 0 : idsOf(tokenizer, before).length;
  const ids = bos === undefined ? all : [bos, ...all];
  const first = scoreFrom + (bos === undefined ? 0 : 1);
  const count = ids.length - first;
  if (count <= 0)
    throw wrongUse(name, "at least one token behind the context's", "none", "tokenised together they have as many tokens");
  if (first === 0) {
    throw wrongUse(name, "a token in front of the continuation", "none", "bos: true, or the id of the token that begins a text");
  }
  if (count > maxLength) throw wrongUse(name, `at most maxLength, ${maxLength} tokens`, `${count}`);
  const inputFrom = Math.max(0, ids.length - 1 - maxLength);
  return { name, ids, bos: undefined, window: { inputFrom, inputTo: ids.length - 1, scoreFrom: first, scoreTo: ids.length } };
}

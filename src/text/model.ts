/** Models and tokenizers as transformers.js has them, described by what is used of them. */
import type { FloatTensor } from "../arguments/types.js";
import { wrongType, wrongUse, wrongValue } from "../errors.js";
import { type Members, membersOf } from "./members.js";
import type { SharedContext } from "./shared-context.js";
import { dataOf } from "./tensor-data.js";
import type { VocabularySource } from "./vocabulary.js";

/** A causal language model: called with token ids, it returns logits or hidden states. A model of transformers.js is one. */
export interface TextModel {
  (inputs: TextModelInputs): unknown;
  readonly config?: object | undefined;
  /**
   * The inputs that it knows (transformers.js has them under this name). With `past_key_values` among them, a context that several
   * texts share is run once: the tensors `present.*` of one call come back as `past_key_values.*` in others.
   */
  readonly forward_params?: readonly string[] | undefined;
}

/** Tensors of int64 [batch, length]; with a cache the mask also covers the tokens in it. */
export interface TextModelInputs {
  readonly input_ids: object;
  readonly attention_mask: object;
  readonly past_key_values?: Readonly<Record<string, object>>;
}

/** A tokenizer of transformers.js. */
export type TextTokenizer = VocabularySource & {
  (text: string): { readonly input_ids: unknown };
  encode(text: string, options?: { readonly add_special_tokens?: boolean }): readonly number[];
  readonly bos_token_id?: number | null | undefined;
  readonly eos_token_id?: number | null | undefined;
  readonly pad_token_id?: number | null | undefined;
  readonly padding_side?: string | undefined;
};

/** Logits or hidden states of a batch: the row of position p of text b is b x length + p. */
export interface BatchRows {
  readonly rows: FloatTensor;
  /** Elements per row. A model may have more logits than its tokenizer has ids. */
  readonly width: number;
  /** All outputs of the model. */
  readonly outputs: Members;
}

/** The output that has a row per position. */
export type RowsName = "logits" | "last_hidden_state";

type TensorMaker = new (type: "int64", data: BigInt64Array, dims: readonly number[]) => object;

/** Checks both, before anything is computed. */
export function checkModel(model: TextModel, tokenizer: TextTokenizer): void {
  if (typeof model !== "function") {
    throw wrongType("model", "a model of transformers.js", model, "await AutoModelForCausalLM.from_pretrained(...)");
  }
  if (membersOf(model.config)?.["is_encoder_decoder"] === true) {
    throw wrongUse(
      "model",
      "a causal language model",
      "an encoder-decoder",
      "score its labels with scoreTokens(output.logits, labels)",
    );
  }
  if (typeof tokenizer !== "function" || typeof tokenizer.encode !== "function") {
    throw wrongType("tokenizer", "a tokenizer of transformers.js", tokenizer, "await AutoTokenizer.from_pretrained(...)");
  }
}

/** The names under which configurations have the number of positions. */
const POSITIONS = ["max_position_embeddings", "n_positions", "n_ctx", "max_seq_len", "seq_length"];

/** The most tokens that the model reads at once; undefined if its configuration does not say. */
export function positionsOf({ config }: TextModel): number | undefined {
  const outer = membersOf(config);
  const inner = membersOf(outer?.["text_config"]);
  const known = POSITIONS.map((name) => outer?.[name] ?? inner?.[name]).find((value) => typeof value === "number");
  return known as number | undefined;
}

/** Whether the model can go on behind a context that it has read before. */
export function takesCache({ forward_params }: TextModel): boolean {
  return Array.isArray(forward_params) && forward_params.includes("past_key_values");
}

/**
 * Calls the model with rows of ids, padded to one length on the side that the tokenizer says. Behind a shared context the rows are
 * padded on the right, so that nothing comes between them and the context.
 */
export class Batch {
  readonly #inputs: TextModelInputs;
  readonly #rows: number;
  readonly #length: number;
  readonly #offsets: readonly number[];
  readonly #contextLength: number;

  /** @param rows ids of each text, the shared context included */
  constructor(rows: readonly (readonly number[])[], tokenizer: TextTokenizer, context?: SharedContext) {
    const contextLength = context?.length ?? 0;
    const longest = Math.max(...rows.map((row) => row.length));
    const length = longest - contextLength;
    const ids = new BigInt64Array(rows.length * length).fill(BigInt(paddingOf(tokenizer)));
    const mask = new BigInt64Array(rows.length * longest);
    const isLeft = tokenizer.padding_side === "left" && context === undefined;
    this.#offsets = rows.map((row) => (isLeft ? longest - row.length : 0));
    rows.forEach((row, index) => {
      const offset = this.#offsets[index] as number;
      ids.set(row.slice(contextLength).map(BigInt), index * length + offset);
      mask.fill(1n, index * longest + offset, index * longest + offset + row.length);
    });
    const Tensor = tensorMaker(tokenizer);
    this.#inputs = {
      input_ids: new Tensor("int64", ids, [rows.length, length]),
      attention_mask: new Tensor("int64", mask, [rows.length, longest]),
      ...(context && { past_key_values: context.repeated(rows.length) }),
    };
    this.#rows = rows.length;
    this.#length = length;
    this.#contextLength = contextLength;
  }

  /** Rows of the model's output, those of padding included. */
  get rows(): number {
    return this.#rows * this.#length;
  }

  /** The row of the output for position `at` of a row of ids. */
  rowOf(row: number, at: number): number {
    return row * this.#length + (this.#offsets[row] as number) + at - this.#contextLength;
  }

  async run(model: TextModel, name: RowsName): Promise<BatchRows> {
    const outputs = membersOf(await model(this.#inputs)) ?? {};
    const tensor = membersOf(outputs[name]);
    if (tensor === undefined) throw withoutRows(name, outputs);
    const dims = (tensor["dims"] ?? tensor["shape"]) as readonly number[] | undefined;
    const width = dims?.[2];
    if (dims?.length !== 3 || dims[0] !== this.#rows || dims[1] !== this.#length || !width) {
      const last = name === "logits" ? "classes" : "width";
      throw wrongValue(`model: ${name}`, `dims [${this.#rows}, ${this.#length}, ${last}]`, `[${dims}]`);
    }
    const data = await dataOf(`model: ${name}`, tensor);
    return { rows: { data, dims: [this.rows, width], type: tensor["type"] } as FloatTensor, width, outputs };
  }
}

function withoutRows(name: RowsName, outputs: Members): TypeError {
  const given = Object.keys(outputs).filter((output) => !output.startsWith("present"));
  const got = given.length > 0 ? given.join(", ") : "none";
  if (name === "last_hidden_state") {
    return wrongUse("model", `${name} in its output, for options.head`, got, "logits" in outputs ? "leave head out" : undefined);
  }
  const remedy = "last_hidden_state" in outputs ? "head: { linearWeight }" : "AutoModelForCausalLM.from_pretrained(...)";
  return wrongUse("model", `${name} in its output`, got, remedy);
}

/** The constructor of the tokenizer's tensors, which are those that its models take. */
function tensorMaker(tokenizer: TextTokenizer): TensorMaker {
  const { input_ids } = tokenizer("a");
  const dims = membersOf(input_ids)?.["dims"];
  if (Array.isArray(dims)) return (input_ids as object).constructor as TensorMaker;
  throw wrongType('tokenizer("a").input_ids', "a tensor", input_ids);
}

/** The id that fills short rows. It never counts, because the mask hides it. */
function paddingOf({ pad_token_id, eos_token_id, bos_token_id }: TextTokenizer): number {
  return pad_token_id ?? eos_token_id ?? bos_token_id ?? 0;
}

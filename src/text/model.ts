/** Models and tokenizers as transformers.js has them, described by what is used of them. */
import type { FloatTensor } from "../arguments/types.js";
import { wrongType, wrongUse, wrongValue } from "../errors.js";
import { type Members, membersOf } from "./members.js";
import type { VocabularySource } from "./vocabulary.js";

/** A causal language model: called with token ids, it gives logits. A model of transformers.js is one. */
export interface TextModel {
  (inputs: { readonly input_ids: object; readonly attention_mask: object }): unknown;
  readonly config?: object | undefined;
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

/** The logits of a batch: the row of position p of text b is b x length + p. */
export interface BatchLogits {
  readonly logits: FloatTensor;
  /** Logits per row; a model's may be more than its tokenizer has ids. */
  readonly width: number;
}

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

/** Calls the model with rows of ids, padded to one length on the side that the tokenizer says. */
export class Batch {
  readonly #inputs: { readonly input_ids: object; readonly attention_mask: object };
  readonly #rows: number;
  readonly #length: number;
  readonly #offsets: readonly number[];

  constructor(rows: readonly (readonly number[])[], tokenizer: TextTokenizer) {
    const length = Math.max(...rows.map((row) => row.length));
    const ids = new BigInt64Array(rows.length * length).fill(BigInt(paddingOf(tokenizer)));
    const mask = new BigInt64Array(ids.length);
    const isLeft = tokenizer.padding_side === "left";
    this.#offsets = rows.map((row) => (isLeft ? length - row.length : 0));
    rows.forEach((row, index) => {
      const from = index * length + (this.#offsets[index] ?? 0);
      ids.set(row.map(BigInt), from);
      mask.fill(1n, from, from + row.length);
    });
    const Tensor = tensorMaker(tokenizer);
    const dims = [rows.length, length];
    this.#inputs = { input_ids: new Tensor("int64", ids, dims), attention_mask: new Tensor("int64", mask, dims) };
    this.#rows = rows.length;
    this.#length = length;
  }

  /** Rows of logits, those of padding included. */
  get rows(): number {
    return this.#rows * this.#length;
  }

  /** The row of logits that position `at` of a row of ids gives. */
  rowOf(row: number, at: number): number {
    return row * this.#length + (this.#offsets[row] ?? 0) + at;
  }

  async logits(model: TextModel): Promise<BatchLogits> {
    const output = membersOf(await model(this.#inputs));
    const logits = membersOf(output?.["logits"]);
    if (logits === undefined) {
      const given = Object.keys(output ?? {}).filter((name) => !name.startsWith("present"));
      const remedy = "AutoModelForCausalLM.from_pretrained(...)";
      throw wrongUse("model", "logits in its output", given.length > 0 ? given.join(", ") : "none", remedy);
    }
    const dims = (logits["dims"] ?? logits["shape"]) as readonly number[] | undefined;
    const width = dims?.[2];
    if (dims?.length !== 3 || dims[0] !== this.#rows || dims[1] !== this.#length || !width) {
      throw wrongValue("model: logits", `dims [${this.#rows}, ${this.#length}, classes]`, `[${dims}]`);
    }
    const data = await dataOf(logits);
    return { logits: { data, dims: [this.rows, width], type: logits["type"] } as FloatTensor, width };
  }
}

/** The tensor's data, brought over from a GPU if it is there. */
async function dataOf(tensor: Members): Promise<unknown> {
  const { location } = tensor;
  if (location === undefined || location === "cpu") return tensor["data"];
  const holder = [tensor, membersOf(tensor["ort_tensor"])].find((candidate) => typeof candidate?.["getData"] === "function");
  if (holder !== undefined) return (holder["getData"] as () => Promise<unknown>).call(holder);
  throw wrongUse("model: logits", "data on the CPU", `data at ${String(location)}`, "tensor.getData() is missing");
}

/** The constructor of the tokenizer's tensors, which are those that its models take. */
function tensorMaker(tokenizer: TextTokenizer): TensorMaker {
  const { input_ids } = tokenizer("a");
  const dims = membersOf(input_ids)?.["dims"];
  if (Array.isArray(dims)) return (input_ids as object).constructor as TensorMaker;
  throw wrongType('tokenizer("a").input_ids', "a tensor", input_ids);
}

/** The id that fills short rows: any will do, for the mask hides it. */
function paddingOf({ pad_token_id, eos_token_id, bos_token_id }: TextTokenizer): number {
  return pad_token_id ?? eos_token_id ?? bos_token_id ?? 0;
}

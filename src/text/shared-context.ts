import { type Members, membersOf } from "./members.js";
import { dataOf } from "./tensor-data.js";

type CacheData = Float32Array | Uint16Array;

/** A tensor of keys or values, [1, heads, tokens, size]. */
interface CacheTensor {
  readonly type: unknown;
  readonly dims: readonly [number, number, number, number];
  readonly data: CacheData;
  readonly Tensor: new (type: unknown, data: CacheData, dims: readonly number[]) => object;
}

/** A model's keys and values of the tokens that several texts begin with. */
export class SharedContext {
  /** Tokens. */
  readonly length: number;
  readonly #tensors: ReadonlyMap<string, CacheTensor>;

  private constructor(length: number, tensors: ReadonlyMap<string, CacheTensor>) {
    this.length = length;
    this.#tensors = tensors;
  }

  /**
   * The first `length` tokens of what the model returned for one text of `tokens` tokens. Undefined if the model's cache is
   * anything but keys and values of each token: a state of all tokens, or of the last few, cannot be cut.
   */
  static async of(outputs: Members, tokens: number, length: number): Promise<SharedContext | undefined> {
    const names = Object.keys(outputs).filter((name) => name.startsWith("present"));
    const tensors = new Map<string, CacheTensor>();
    for (const name of names) {
      const tensor = membersOf(outputs[name]) ?? {};
      const dims = tensor["dims"] as readonly number[] | undefined;
      const isOfTokens = /^present\.\d+\.(key|value)$/.test(name) && dims?.length === 4 && dims[0] === 1 && dims[2] === tokens;
      if (!isOfTokens) return undefined;
      const [, heads, , size] = dims as CacheTensor["dims"];
      const data = firstTokens((await dataOf(`model: ${name}`, tensor)) as CacheData, { heads, tokens, size, length });
      tensors.set(name.replace("present", "past_key_values"), {
        ...{ type: tensor["type"], dims: [1, heads, length, size], data },
        Tensor: tensor.constructor as CacheTensor["Tensor"],
      });
    }
    return tensors.size > 0 ? new SharedContext(length, tensors) : undefined;
  }

  /** The tensors for a batch whose rows all begin with these tokens. */
  repeated(rows: number): Readonly<Record<string, object>> {
    const repeat = ({ type, dims: [, ...dims], data, Tensor }: CacheTensor) => {
      const all = new (data.constructor as Float32ArrayConstructor)(rows * data.length);
      for (let row = 0; row < rows; row++) all.set(data, row * data.length);
      return new Tensor(type, all, [rows, ...dims]);
    };
    return Object.fromEntries(Array.from(this.#tensors, ([name, tensor]) => [name, repeat(tensor)]));
  }
}

interface CacheSize {
  readonly heads: number;
  readonly tokens: number;
  readonly size: number;
  readonly length: number;
}

function firstTokens(data: CacheData, { heads, tokens, size, length }: CacheSize): CacheData {
  const first = new (data.constructor as Float32ArrayConstructor)(heads * length * size);
  for (let head = 0; head < heads; head++) {
    first.set(data.subarray(head * tokens * size, (head * tokens + length) * size), head * length * size);
  }
  return first;
}

import type { FloatTensor } from "wasm-cross-entropy";
import type { LogitDtype } from "../../files/dtypes.js";
import type { Tensor } from "../../files/tensor.js";
import type { ScoringEngine } from "../seams.js";

/**
 * One buffer of logits rows per slot. Except for F64, which the engine cannot hold, buffers lie in the engine's memory: file
 * bytes are read into them and workers read them in place, without a copy.
 */
export class RowBuffers {
  readonly #tensor: Tensor<LogitDtype>;
  readonly #buffers: readonly Buffer[];

  constructor(tensor: Tensor<LogitDtype>, engine: ScoringEngine, slots: number, rows: number) {
    this.#tensor = tensor;
    const length = rows * tensor.columns;
    this.#buffers = Array.from({ length: slots }, () => bufferOf(tensor.dtype, engine, length));
  }

  /** Reads rows into a slot's buffer. The result is valid until the next read into the same slot. */
  async read(firstRow: number, rows: number, slot: number): Promise<FloatTensor> {
    const { array, asTensor } = this.#buffers[slot] as Buffer;
    const { columns } = this.#tensor;
    const part = array.subarray(0, rows * columns);
    await this.#tensor.fill(part, firstRow * columns);
    return asTensor(part);
  }
}

type LogitArray = Float32Array | Float64Array | Uint16Array;

interface Buffer {
  readonly array: LogitArray;
  asTensor(part: LogitArray): FloatTensor;
}

/** 16-bit floats are read as 16-bit words; f64 is rounded to f32 when the engine copies it. */
function bufferOf(dtype: LogitDtype, engine: ScoringEngine, length: number): Buffer {
  if (dtype === "F32") return { array: engine.allocate("float32", length), asTensor: (part) => part as Float32Array };
  if (dtype === "F64") return { array: new Float64Array(length), asTensor: (part) => part as Float64Array };
  const type = dtype === "F16" ? "float16" : "bfloat16";
  return { array: engine.allocate(type, length), asTensor: (part) => ({ data: part as Uint16Array, type }) };
}

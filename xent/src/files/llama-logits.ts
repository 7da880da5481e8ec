import { type ByteSource, readUpTo } from "./byte-source.js";
import { InputError } from "./input-error.js";
import type { TensorEntry } from "./tensor.js";

/**
 * Layout of llama.cpp's logits files (llama-perplexity --save-all-logits, alias --kl-divergence-base), little-endian:
 *
 *     0    "_logits_"
 *     8    i32 n_ctx, i32 n_vocab, i32 n_chunk
 *     20   i32 tokens, n_ctx per chunk
 *     ...  rows, R = n_ctx - 1 - floor(n_ctx / 2) per chunk: f32 scale, f32 min_log_prob, u16 q per class, u16 of padding if their
 *          number is odd
 *
 * log p(c) = scale q[c] + min_log_prob in f32. Row j of chunk i predicts token i n_ctx + floor(n_ctx / 2) + j + 1: the first half of
 * each window is context. The least log p is 16 nats below the greatest, so a token of q = 0 may be less probable than it says.
 *
 * Source: llama.cpp, tools/perplexity/perplexity.cpp.
 */
export interface LlamaHeader {
  readonly contextLength: number;
  readonly classes: number;
  readonly chunks: number;
}

export const LLAMA_MAGIC = "_logits_";
export const LLAMA_HEADER_BYTES = 20;

/** A row's words of scale and min_log_prob. */
export const LLAMA_ROW_WORDS = 4;

/** What a row covers, in nats. */
export const LLAMA_RANGE = 16;

/** Rows of a chunk. */
export function rowsPerChunk(contextLength: number): number {
  return contextLength - 1 - firstPosition(contextLength);
}

/** The position in a chunk of its first row. */
export function firstPosition(contextLength: number): number {
  return Math.floor(contextLength / 2);
}

/** Words of a row. */
export function rowWords(classes: number): number {
  return 2 * Math.floor((classes + 1) / 2) + LLAMA_ROW_WORDS;
}

/** The tensors of a file: its rows as f32 log-probabilities, and the token that each row predicts. */
export interface LlamaTensors {
  readonly logits: TensorEntry;
  readonly targets: TensorEntry;
}

export function looksLikeLlama(file: ByteSource): boolean {
  return String.fromCharCode(...readUpTo(file, 0, LLAMA_MAGIC.length)) === LLAMA_MAGIC;
}

/**
 * Reads the header and checks it against the file's size.
 * @throws InputError that names the field for a header that no file has, and for a file of another size
 */
export function readLlama(file: ByteSource): LlamaTensors {
  const header = headerOf(file);
  const { chunks, classes, contextLength } = header;
  const rows = rowsPerChunk(contextLength);
  const targets: TensorEntry = {
    file: new ChunkTokens(file, header),
    name: "targets",
    dtype: "I32",
    shape: [chunks, rows],
    byteOffset: 0,
  };
  const stored = new StoredRows(file, header);
  const logits: TensorEntry = {
    file: stored,
    name: "logits",
    dtype: "F32",
    shape: [chunks, rows, classes],
    byteOffset: 0,
    stored: { ...header, targets, floorOf: (row) => stored.floorOf(row) },
  };
  return { logits, targets };
}

const FIELDS = [
  ["n_ctx", 3],
  ["n_vocab", 1],
  ["n_chunk", 1],
] as const;

function headerOf(file: ByteSource): LlamaHeader {
  const head = readUpTo(file, 0, LLAMA_HEADER_BYTES);
  const again = "write it again with llama-perplexity --save-all-logits, and see that the disk has room";
  if (head.length < LLAMA_HEADER_BYTES) {
    throw new InputError(`${file.path}: truncated within its header: ${file.size} bytes; ${again}`);
  }
  const view = new DataView(head.buffer);
  const values = FIELDS.map(([name, least], index) => {
    const value = view.getInt32(8 + 4 * index, true);
    if (value >= least) return value;
    throw new InputError(`${file.path}: its header has ${name} = ${value}, expected at least ${least}; ${again}`);
  });
  const [contextLength = 0, classes = 0, chunks = 0] = values;
  const tokensEnd = LLAMA_HEADER_BYTES + 4 * contextLength * chunks;
  const chunkBytes = rowsPerChunk(contextLength) * rowWords(classes) * 2;
  const expected = tokensEnd + chunks * chunkBytes;
  if (file.size === expected) return { contextLength, classes, chunks };
  const said = `expected ${expected} bytes for n_ctx ${contextLength}, n_vocab ${classes} and n_chunk ${chunks}, got ${file.size}`;
  if (file.size > expected)
    throw new InputError(`${file.path}: ${said}: bytes follow the last row, so one of these is wrong; ${again}`);
  const cut =
    file.size < tokensEnd
      ? "its tokens end early"
      : `its rows end after ${Math.floor((file.size - tokensEnd) / chunkBytes)} whole chunks`;
  throw new InputError(`${file.path}: truncated: ${said}: ${cut}; ${again}`);
}

/** The rows as f32 values. */
class StoredRows implements ByteSource {
  readonly path: string;
  readonly size: number;
  readonly #file: ByteSource;
  readonly #classes: number;
  readonly #rowBytes: number;
  readonly #start: number;
  /** The least value of each row that was read; NaN where nothing was cut off. */
  readonly #floors: Float32Array;

  constructor(file: ByteSource, { contextLength, classes, chunks }: LlamaHeader) {
    const rows = chunks * rowsPerChunk(contextLength);
    this.path = file.path;
    this.size = rows * classes * 4;
    this.#file = file;
    this.#classes = classes;
    this.#rowBytes = rowWords(classes) * 2;
    this.#start = LLAMA_HEADER_BYTES + 4 * contextLength * chunks;
    this.#floors = new Float32Array(rows).fill(Number.NaN);
  }

  floorOf(row: number): number {
    return this.#floors[row] ?? Number.NaN;
  }

  readInto(bytes: Uint8Array, position: number): void {
    const { first, rows } = this.#rowsOf(bytes, position);
    const stored = new Uint8Array(rows * this.#rowBytes);
    this.#file.readInto(stored, this.#start + first * this.#rowBytes);
    this.#decode(stored, bytes, position);
  }

  async fill(bytes: Uint8Array, position: number): Promise<void> {
    const { first, rows } = this.#rowsOf(bytes, position);
    const stored = new Uint8Array(rows * this.#rowBytes);
    await this.#file.fill(stored, this.#start + first * this.#rowBytes);
    this.#decode(stored, bytes, position);
  }

  /** The rows that hold a range of values. */
  #rowsOf(bytes: Uint8Array, position: number): { readonly first: number; readonly rows: number } {
    const [from, to] = [position / 4, (position + bytes.length) / 4];
    const first = Math.floor(from / this.#classes);
    return { first, rows: Math.ceil(to / this.#classes) - first };
  }

  #decode(stored: Uint8Array, bytes: Uint8Array, position: number): void {
    const classes = this.#classes;
    const out = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    const view = new DataView(stored.buffer);
    const { first, rows } = this.#rowsOf(bytes, position);
    for (let index = 0; index < rows; index++) {
      const row = first + index;
      const at = index * this.#rowBytes;
      const [scale, least] = [view.getFloat32(at, true), view.getFloat32(at + 4, true)];
      this.#check(row, scale, least);
      const isCut = scale * 65_535 > LLAMA_RANGE * 0.999;
      this.#floors[row] = isCut ? least : Number.NaN;
      const words = new Uint16Array(stored.buffer, at + 2 * LLAMA_ROW_WORDS, classes);
      const begin = row * classes - position / 4;
      const from = Math.max(0, -begin);
      const to = Math.min(classes, out.length - begin);
      for (let c = from; c < to; c++) out[begin + c] = Math.fround(scale * (words[c] as number)) + least;
    }
  }

  #check(row: number, scale: number, least: number): void {
    const wrong = !Number.isFinite(scale) ? "scale" : !Number.isFinite(least) ? "min_log_prob" : undefined;
    if (wrong !== undefined) {
      const value = wrong === "scale" ? scale : least;
      throw new InputError(`${this.path}: row ${row}: its ${wrong} is ${value}; the model's logits were not finite there`);
    }
    // the greatest log-probability is -lse <= 0 up to rounding
    const most = scale * 65_535 + least;
    if (scale >= 0 && most <= 1e-4) return;
    throw new InputError(
      `${this.path}: row ${row}: scale ${scale} and min_log_prob ${least} give a log-probability of ${most}, above 0; write the file again`,
    );
  }
}

/** The tokens that the rows predict: of each chunk, those after its first half. */
class ChunkTokens implements ByteSource {
  readonly path: string;
  readonly size: number;
  readonly #file: ByteSource;
  readonly #header: LlamaHeader;

  constructor(file: ByteSource, header: LlamaHeader) {
    this.path = file.path;
    this.#file = file;
    this.#header = header;
    this.size = 4 * header.chunks * rowsPerChunk(header.contextLength);
  }

  readInto(bytes: Uint8Array, position: number): void {
    for (const { to, from } of this.#pieces(bytes, position)) this.#file.readInto(to, from);
  }

  async fill(bytes: Uint8Array, position: number): Promise<void> {
    for (const { to, from } of this.#pieces(bytes, position)) await this.#file.fill(to, from);
  }

  *#pieces(bytes: Uint8Array, position: number): Generator<{ readonly to: Uint8Array; readonly from: number }> {
    const { contextLength } = this.#header;
    const perChunk = 4 * rowsPerChunk(contextLength);
    for (let done = 0; done < bytes.length; ) {
      const chunk = Math.floor((position + done) / perChunk);
      const within = position + done - chunk * perChunk;
      const length = Math.min(bytes.length - done, perChunk - within);
      const token = chunk * contextLength + firstPosition(contextLength) + 1;
      yield { to: bytes.subarray(done, done + length), from: LLAMA_HEADER_BYTES + 4 * token + within };
      done += length;
    }
  }
}

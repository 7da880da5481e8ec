import { type ByteSource, readUpTo, sizeOf } from "./byte-source.js";
import { elementBytes } from "./dtypes.js";
import { InputError } from "./input-error.js";
import { JsonKeys } from "./json-keys.js";
import { hashOfText, JsonError, JsonReader, repeated } from "./json-reader.js";
import { elementCount, MOST_DIMENSIONS, type TensorEntry } from "./tensor.js";

/**
 * Layout of a .safetensors file (huggingface/safetensors, README "Format"):
 *
 *     0    N, u64 little-endian: length of the header in bytes
 *     8    header, JSON: { name: { dtype, shape, data_offsets: [begin, end] }, ..., __metadata__? }
 *     8+N  data; the offsets count from here, and the tensors cover it without gaps or overlaps
 */
const LENGTH_BYTES = 8;

/** The format's limit. A file that claims a longer header is not a .safetensors file. */
const LONGEST_HEADER = 100_000_000;

const METADATA = "__metadata__";
const METADATA_HASH = hashOfText(METADATA);

/** Half of a character: JSON can escape it, UTF-8 cannot encode it. */
const LONE_SURROGATE = /\p{Surrogate}/u;

const OPENING_BRACE = 0x7b;

const DAMAGED = "the file is damaged or not a .safetensors file: write it again with safetensors' save_file";

/** @returns whether the file begins like a .safetensors file: a plausible header length, then a brace */
export function looksLikeSafetensors(file: ByteSource): boolean {
  const head = readUpTo(file, 0, LENGTH_BYTES + 1);
  return head.length > LENGTH_BYTES && head[LENGTH_BYTES] === OPENING_BRACE && headerLength(head) <= LONGEST_HEADER;
}

/** The tensors of a file, looked up by name: a file may have a million of them. */
export interface SafetensorsHeader {
  /** In the order of the header. */
  readonly names: readonly string[];
  has(name: string): boolean;
  find(name: string): TensorEntry | undefined;
}

/**
 * Reads the header and checks all of it against the file's size.
 * @throws InputError when the file is not a .safetensors file, is truncated, or contradicts itself
 */
export function readSafetensors(file: ByteSource): SafetensorsHeader {
  const dataStart = LENGTH_BYTES + checkedHeaderLength(file);
  try {
    const json = new JsonReader(readUpTo(file, LENGTH_BYTES, dataStart - LENGTH_BYTES));
    const extents = readExtents(file, json);
    checkCoverage(file, dataStart, extents);
    const { names, positions } = extents;
    return {
      get names() {
        return Array.from(positions, (_, index) => names.textOf(index));
      },
      has: (name) => names.indexOf(name) >= 0,
      find: (name) => {
        const position = positions[names.indexOf(name)];
        if (position === undefined) return undefined;
        json.position = position;
        const { dtype, shape, begin } = readEntry(file, () => name, json);
        return { file, name, dtype, shape, byteOffset: dataStart + begin };
      },
    };
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new InputError(`${file.path}: its header ${error.message}; ${DAMAGED}`, { cause: error });
  }
}

function headerLength(head: Uint8Array): number {
  const view = new DataView(head.buffer, head.byteOffset, LENGTH_BYTES);
  return Number(view.getBigUint64(0, true));
}

function checkedHeaderLength(file: ByteSource): number {
  const head = readUpTo(file, 0, LENGTH_BYTES + 1);
  if (head.length < LENGTH_BYTES) {
    throw new InputError(
      `${file.path}: not a .safetensors file, or truncated: expected at least ${LENGTH_BYTES} bytes, got ${head.length}`,
    );
  }
  const length = headerLength(head);
  if (length > LONGEST_HEADER) {
    throw new InputError(
      `${file.path}: not a .safetensors file: its first 8 bytes give a header of ${length} bytes, ` +
        `expected at most ${LONGEST_HEADER}; check that the path is right`,
    );
  }
  if (head.length > LENGTH_BYTES && head[LENGTH_BYTES] !== OPENING_BRACE) {
    throw new InputError(
      `${file.path}: not a .safetensors file: its header does not begin with "{"; check that the path is right`,
    );
  }
  if (LENGTH_BYTES + length > file.size) throw truncated(file, LENGTH_BYTES + length, " for its header");
  return length;
}

function truncated(file: ByteSource, expected: number, part = ""): InputError {
  return new InputError(
    `${file.path}: truncated: expected ${expected} bytes${part}, got ${file.size}; copy or download it again`,
  );
}

/** What is kept of each tensor: an object with a shape would take four times the memory. */
interface Extents {
  readonly names: JsonKeys;
  /** Position of each tensor's entry in the header, in the order of the names. */
  readonly positions: readonly number[];
  /** Where the data of each begins and ends, in the same order. */
  readonly begins: readonly number[];
  readonly ends: readonly number[];
}

function readExtents(file: ByteSource, json: JsonReader): Extents {
  const namesAt: number[] = [];
  const positions: number[] = [];
  const begins: number[] = [];
  const ends: number[] = [];
  let hasMetadata = false;
  json.members((nameAt, hasEscapes) => {
    const name = () => json.stringAt(nameAt);
    if (json.hashAt(nameAt) === METADATA_HASH && name() === METADATA) {
      if (hasMetadata) throw repeated(METADATA);
      hasMetadata = true;
      return readMetadata(file, json);
    }
    if (hasEscapes && LONE_SURROGATE.test(name())) {
      throw new JsonError(`has a name that is not text (${JSON.stringify(name())})`);
    }
    namesAt.push(nameAt);
    positions.push(json.position);
    const { begin, end } = readEntry(file, name, json);
    begins.push(begin);
    ends.push(end);
  });
  json.end();
  return { names: new JsonKeys(json, namesAt), positions, begins, ends };
}

/** Metadata are texts by name, or null. */
function readMetadata(file: ByteSource, json: JsonReader): void {
  const start = json.position;
  if (json.kind === "object") {
    let isText = true;
    json.object(() => {
      isText &&= json.kind === "string";
      json.skip();
    });
    if (isText) return;
  } else {
    json.skip();
    if (json.excerpt(start) === "null") return;
  }
  throw new InputError(`${file.path}: expected texts in "${METADATA}"; ${DAMAGED}`);
}

interface CheckedEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function readEntry(file: ByteSource, name: () => string, json: JsonReader): CheckedEntry {
  const refuse = (reason: string) => new InputError(`${file.path}: tensor ${JSON.stringify(name())}: ${reason}; ${DAMAGED}`);
  let dtype: string | undefined;
  let shape: readonly number[] | undefined;
  let offsets: readonly number[] | undefined;
  let shapeAt = -1;
  let offsetsAt = -1;
  if (json.kind !== "object") json.skip();
  else {
    json.object((key) => {
      if (key === "dtype" && json.kind === "string") dtype = json.string();
      else if (key === "shape") {
        shapeAt = json.position;
        shape = readSizes(json);
      } else if (key === "data_offsets") {
        offsetsAt = json.position;
        offsets = readSizes(json);
      } else json.skip();
    });
  }
  if (dtype === undefined) throw refuse('expected a "dtype"');
  if (shape === undefined) {
    throw refuse(`expected a "shape" of at most ${MOST_DIMENSIONS} whole numbers, got ${excerptAt(json, shapeAt)}`);
  }
  if (offsets?.length !== 2) throw refuse(`expected "data_offsets" of two whole numbers, got ${excerptAt(json, offsetsAt)}`);
  const [begin = 0, end = 0] = offsets;
  const size = elementBytes(dtype);
  const expected = elementCount(shape) * (size ?? 0);
  if (end < begin || (size !== undefined && end - begin !== expected)) {
    throw refuse(`${dtype} of shape [${shape}] has ${expected} bytes, but its offsets [${offsets}] give ${end - begin}`);
  }
  return { dtype, shape, begin, end };
}

/** The value at a position as it is written; "undefined" at -1. */
function excerptAt(json: JsonReader, position: number): string {
  if (position < 0) return "undefined";
  json.position = position;
  json.skip();
  return json.excerpt(position);
}

/** Reads whole numbers; undefined if the value is something else, or has too many. */
function readSizes(json: JsonReader): readonly number[] | undefined {
  const sizes: number[] = [];
  let isSizes = true;
  if (json.kind !== "array") {
    json.skip();
    return undefined;
  }
  json.array(() => {
    const size = json.size();
    if (size === undefined || sizes.length === MOST_DIMENSIONS) isSizes = false;
    else sizes.push(size);
  });
  return isSizes ? sizes : undefined;
}

/** The format forbids gaps and overlaps; they are signs of a damaged or crafted file. */
function checkCoverage(file: ByteSource, dataStart: number, { names, begins, ends }: Extents): void {
  let position = 0;
  let before: number | undefined;
  const label = (index: number | undefined) => (index === undefined ? "the header" : JSON.stringify(names.textOf(index)));
  for (const index of inOrder(begins, ends)) {
    const [begin = 0, end = 0] = [begins[index], ends[index]];
    if (begin !== position) {
      const what = begin < position ? "overlaps" : "leaves a gap after";
      throw new InputError(
        `${file.path}: tensor ${label(index)}: ${what} ${label(before)}: begins at ${begin}, expected ${position}; ${DAMAGED}`,
      );
    }
    position = end;
    before = index;
  }
  const expected = dataStart + position;
  const size = sizeOf(file, expected);
  if (expected > size) throw truncated(file, expected);
  if (expected < size) {
    throw new InputError(`${file.path}: expected ${expected} bytes, as its header says, got ${size}; ${DAMAGED}`);
  }
}

/** Returns the tensors' indices in the order of their data. */
function inOrder(begins: readonly number[], ends: readonly number[]): Uint32Array {
  const order = Uint32Array.from(begins.keys());
  const compare = (a: number, b: number) => (begins[a] ?? 0) - (begins[b] ?? 0) || (ends[a] ?? 0) - (ends[b] ?? 0);
  // save_file writes them in order
  return order.every((index) => index === 0 || compare(index - 1, index) <= 0) ? order : order.sort(compare);
}

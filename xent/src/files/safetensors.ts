import { type ByteSource, readUpTo } from "./byte-source.js";
import { elementBytes } from "./dtypes.js";
import { InputError } from "./input-error.js";
import { repeatedKey } from "./repeated-key.js";
import { elementCount, type TensorEntry } from "./tensor.js";

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

const OPENING_BRACE = 0x7b;

const DAMAGED = "the file is damaged or not a .safetensors file: write it again with safetensors' save_file";

/** @returns whether the file begins like a .safetensors file: a plausible header length, then a brace */
export function looksLikeSafetensors(file: ByteSource): boolean {
  const head = readUpTo(file, 0, LENGTH_BYTES + 1);
  return head.length > LENGTH_BYTES && head[LENGTH_BYTES] === OPENING_BRACE && headerLength(head) <= LONGEST_HEADER;
}

/**
 * Reads the header, checks all of it against the file's size, and returns the tensors in the order of their data.
 * @throws InputError when the file is not a .safetensors file, is truncated, or contradicts itself
 */
export function readSafetensors(file: ByteSource): TensorEntry[] {
  const dataStart = LENGTH_BYTES + checkedHeaderLength(file);
  const header = parseHeader(file, dataStart);
  const entries = Object.entries(header)
    .filter(([name]) => name !== "__metadata__")
    .map(([name, value]) => ({ name, ...checkEntry(file, name, value) }))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkCoverage(file, dataStart, entries);
  return entries.map(({ name, dtype, shape, begin }) => ({ file, name, dtype, shape, byteOffset: dataStart + begin }));
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

function parseHeader(file: ByteSource, dataStart: number): object {
  const bytes = readUpTo(file, LENGTH_BYTES, dataStart - LENGTH_BYTES);
  let text: string;
  let header: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    header = JSON.parse(text);
  } catch (error) {
    throw new InputError(`${file.path}: its header is not JSON; ${DAMAGED}`, { cause: error });
  }
  const key = repeatedKey(text);
  if (key !== undefined) throw new InputError(`${file.path}: its header has ${JSON.stringify(key)} twice; ${DAMAGED}`);
  if (typeof header === "object" && header !== null && !Array.isArray(header)) return header;
  throw new InputError(`${file.path}: its header is not a JSON object; ${DAMAGED}`);
}

interface Extent {
  readonly begin: number;
  readonly end: number;
}

interface CheckedEntry extends Extent {
  readonly dtype: string;
  readonly shape: readonly number[];
}

function checkEntry(file: ByteSource, name: string, value: unknown): CheckedEntry {
  const refuse = (reason: string) => new InputError(`${file.path}: tensor ${JSON.stringify(name)}: ${reason}; ${DAMAGED}`);
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof dtype !== "string") throw refuse('expected a "dtype"');
  if (!isSizes(shape)) throw refuse(`expected a "shape" of whole numbers, got ${JSON.stringify(shape)}`);
  if (!isSizes(offsets) || offsets.length !== 2) {
    throw refuse(`expected "data_offsets" of two whole numbers, got ${JSON.stringify(offsets)}`);
  }
  const [begin = 0, end = 0] = offsets;
  const size = elementBytes(dtype);
  const expected = elementCount(shape) * (size ?? 0);
  if (end < begin || (size !== undefined && end - begin !== expected)) {
    throw refuse(`${dtype} of shape [${shape}] has ${expected} bytes, but its offsets [${offsets}] give ${end - begin}`);
  }
  return { dtype, shape, begin, end };
}

function isSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

/** The format forbids gaps and overlaps; they are signs of a damaged or crafted file. */
function checkCoverage(file: ByteSource, dataStart: number, entries: readonly (Extent & { name: string })[]): void {
  let position = 0;
  let before = "the header";
  for (const { name, begin, end } of entries) {
    if (begin !== position) {
      const what = begin < position ? "overlaps" : "leaves a gap after";
      throw new InputError(
        `${file.path}: tensor ${JSON.stringify(name)}: ${what} ${before}: ` +
          `begins at ${begin}, expected ${position}; ${DAMAGED}`,
      );
    }
    position = end;
    before = JSON.stringify(name);
  }
  const expected = dataStart + position;
  if (expected > file.size) throw truncated(file, expected);
  if (expected < file.size) {
    throw new InputError(`${file.path}: expected ${expected} bytes, as its header says, got ${file.size}; ${DAMAGED}`);
  }
}

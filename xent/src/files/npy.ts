import { type ByteSource, readUpTo, sizeOf } from "./byte-source.js";
import { elementBytes } from "./dtypes.js";
import { InputError } from "./input-error.js";
import { pythonDict, pythonString } from "./python-dict.js";
import { elementCount, MOST_DIMENSIONS, type TensorEntry } from "./tensor.js";

/**
 * Layout of a .npy file (numpy.lib.format):
 *
 *     0     0x93 "NUMPY", major, minor version
 *     8     length of the header in bytes: u16 in version 1, u32 in 2 and 3, little-endian
 *     10|12 header, a Python dict: {'descr': '<f4', 'fortran_order': False, 'shape': (246, 4096), }
 *     ...   the elements
 *
 * As in numpy, the order of the keys and the kind of quotes do not matter, the last of two equal keys counts, and sizes may end in L,
 * as Python 2 wrote them.
 */
const MAGIC = "\x93NUMPY";
const PREAMBLE_BYTES = 12;

/** The header of one array has about 100 bytes; numpy refuses more than 10,000 unless the caller raises its limit. */
const LONGEST_HEADER = 65_536;

const KEYS: readonly string[] = ["descr", "fortran_order", "shape"];

/** Other characters are only in the names of records' fields. */
const IS_ASCII = /^[\t\n\r\x20-\x7e]*$/;

/** @returns whether the file begins with the .npy magic */
export function looksLikeNpy(file: ByteSource): boolean {
  return String.fromCharCode(...readUpTo(file, 0, MAGIC.length)) === MAGIC;
}

/**
 * Reads the header and checks it against the file's size.
 * @throws InputError when the file is not a .npy file, is truncated, or contains a big-endian or Fortran-ordered array, Python
 * objects or records
 */
export function readNpy(file: ByteSource): Omit<TensorEntry, "name"> {
  if (!looksLikeNpy(file)) {
    throw new InputError(`${file.path}: not a .npy file: expected it to begin with \\x93NUMPY; save it with np.save`);
  }
  const { header, dataStart } = readHeader(file);
  const dtype = dtypeOf(file, header);
  const shape = shapeOf(file, header);
  const fortran = entryOf(file, header, "fortran_order");
  if (fortran !== "True" && fortran !== "False") throw damaged(file, `whose 'fortran_order' is ${fortran}, not True or False`);
  // with at most one dimension above 1 both orders are the same bytes
  if (fortran === "True" && shape.filter((size) => size > 1).length > 1) {
    throw new InputError(`${file.path}: is in Fortran order; convert with np.save(path, np.ascontiguousarray(a))`);
  }
  const expected = dataStart + elementCount(shape) * (elementBytes(dtype) ?? 0);
  const size = sizeOf(file, expected);
  if (size < expected) {
    throw new InputError(`${file.path}: truncated: expected ${expected} bytes, got ${size}; copy or download it again`);
  }
  if (size > expected) {
    throw new InputError(
      `${file.path}: expected ${expected} bytes, got ${size}: it contains more than one array; save each to its own file`,
    );
  }
  return { file, isAlone: true, dtype, shape, byteOffset: dataStart };
}

/** The header's values as they are written, by key. */
type Header = ReadonlyMap<string, string>;

function entryOf(file: ByteSource, header: Header, key: string): string {
  const value = header.get(key);
  if (value === undefined) throw damaged(file, `without a '${key}'`);
  return value;
}

function readHeader(file: ByteSource): { header: Header; dataStart: number } {
  const preamble = readUpTo(file, 0, PREAMBLE_BYTES);
  if (preamble.length < PREAMBLE_BYTES) {
    throw new InputError(
      `${file.path}: truncated: expected at least ${PREAMBLE_BYTES} bytes, got ${file.size}; copy or download it again`,
    );
  }
  const view = new DataView(preamble.buffer);
  const [major, minor] = [view.getUint8(6), view.getUint8(7)];
  if (major < 1 || major > 3 || minor !== 0) {
    throw new InputError(`${file.path}: unknown .npy version ${major}.${minor}, expected 1.0, 2.0 or 3.0; save it with np.save`);
  }
  const headerStart = major === 1 ? 10 : 12;
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > LONGEST_HEADER) {
    throw new InputError(
      `${file.path}: its header has ${length} bytes, expected at most ${LONGEST_HEADER}; save one plain array with np.save`,
    );
  }
  const dataStart = headerStart + length;
  if (dataStart > file.size) {
    throw new InputError(
      `${file.path}: truncated: expected ${dataStart} bytes for its header, got ${file.size}; copy or download it again`,
    );
  }
  const text = new TextDecoder("latin1").decode(readUpTo(file, headerStart, length));
  const header = IS_ASCII.test(text) ? pythonDict(text) : undefined;
  if (header === undefined) throw damaged(file, "that is not a dict");
  const other = Array.from(header.keys()).find((key) => !KEYS.includes(key));
  if (other !== undefined) throw damaged(file, `with the key ${JSON.stringify(other)}, which numpy does not write`);
  return { header, dataStart };
}

function damaged(file: ByteSource, what: string): InputError {
  return new InputError(`${file.path}: has a header ${what}; the file is damaged: save it again with np.save`);
}

/** numpy's one-letter kinds. With the element size they make the name of a dtype. */
const KINDS: Readonly<Record<string, string>> = { f: "F", i: "I", u: "U", b: "BOOL" };

function dtypeOf(file: ByteSource, header: Header): string {
  const value = entryOf(file, header, "descr");
  if (value.startsWith("[")) {
    throw new InputError(`${file.path}: contains records, not numbers; save one field: np.save(path, a["field"])`);
  }
  const descr = pythonString(value);
  if (descr === undefined) throw damaged(file, `whose 'descr' is ${value}, not a string`);
  const [, order = "", kind = "", size = ""] = /^([<>|=]?)([a-zA-Z])(\d*)$/.exec(descr) ?? [];
  if (kind === "O") {
    throw new InputError(
      `${file.path}: contains pickled Python objects, which are never loaded; save numbers: np.save(path, a.astype(np.float32))`,
    );
  }
  if (order === ">" && size !== "1") {
    throw new InputError(
      `${file.path}: is big-endian (${descr}); convert with np.save(path, a.astype(a.dtype.newbyteorder('<')))`,
    );
  }
  // numpy has no name for the bfloat16 of ml_dtypes and writes it as two bytes of unknown meaning
  if (kind === "V" && size === "2") {
    throw new InputError(
      `${file.path}: has dtype '${descr}', as numpy writes bfloat16; convert with ` +
        "np.save(path, np.load(path).view(ml_dtypes.bfloat16).astype(np.float32))",
    );
  }
  const letter = KINDS[kind];
  const bits = Number(size) * 8;
  const dtype = letter === "BOOL" ? letter : `${letter}${bits}`;
  if (letter === undefined || order === "=" || elementBytes(dtype) !== Number(size)) {
    throw new InputError(
      `${file.path}: has dtype '${descr}', which cannot be read; ` +
        "save numbers: np.save(path, a.astype(np.float32)), or np.int32 for targets",
    );
  }
  return dtype;
}

function shapeOf(file: ByteSource, header: Header): number[] {
  const value = entryOf(file, header, "shape");
  // a tuple: () or (6,) or (6, 5) or (6L, 5L)
  const inner = /^\(((?:\s*(?:0|[1-9]\d*)L?\s*,)*(?:\s*(?:0|[1-9]\d*)L?\s*)?)\)$/.exec(value)?.[1];
  if (inner === undefined || /^\s*\d+L?\s*$/.test(inner)) {
    throw damaged(file, `whose 'shape' is ${value}, not a tuple of whole numbers`);
  }
  const shape = Array.from(inner.matchAll(/\d+/g), Number);
  if (shape.length > MOST_DIMENSIONS) throw damaged(file, `whose 'shape' has ${shape.length} sizes, at most ${MOST_DIMENSIONS}`);
  if (shape.every(Number.isSafeInteger)) return shape;
  throw damaged(file, `whose shape ${value} is too large for any file`);
}

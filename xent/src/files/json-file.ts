import { ByteFile } from "./byte-file.js";
import { readUpTo } from "./byte-source.js";
import { InputError } from "./input-error.js";
import { JsonError, JsonReader } from "./json-reader.js";

/** A JSON file, as its readers ask for it. */
export interface JsonForm {
  /** What the file should contain; ends the errors. */
  readonly expected: string;
  /** The most bytes of such a file. */
  readonly largest: number;
}

const BYTE_ORDER_MARK = "\xef\xbb\xbf";

/** The encoding by its first bytes: a byte order mark, or a 0 beside the first character, which is ASCII in JSON (RFC 4627). */
function encodingOf([first, second]: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" {
  // PowerShell writes UTF-16 by default
  if ((first === 0xff && second === 0xfe) || second === 0) return "utf-16le";
  return (first === 0xfe && second === 0xff) || first === 0 ? "utf-16be" : "utf-8";
}

/**
 * Reads a JSON file in UTF-8 or UTF-16, with or without a byte order mark.
 * @param read reads the file's one value
 * @throws InputError when the file cannot be read, is too large, is not JSON, nests too deeply or gives a key twice
 */
export function readJson<Value>(path: string, { expected, largest }: JsonForm, read: (json: JsonReader) => Value): Value {
  try {
    const json = new JsonReader(bytesOf(path, largest, expected));
    const value = read(json);
    json.end();
    return value;
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new InputError(`${path}: ${error.message}; ${expected}`, { cause: error });
  }
}

/** Returns a file's text as UTF-8. */
function bytesOf(path: string, largest: number, expected: string): Uint8Array {
  const file = new ByteFile(path);
  try {
    if (file.size > largest) {
      throw new InputError(`${path}: has ${file.size} bytes, at most ${largest} are read; ${expected}`);
    }
    const bytes = readUpTo(file, 0, file.size);
    file.checkUnchanged();
    const encoding = encodingOf(bytes);
    const begin = String.fromCharCode(...bytes.subarray(0, 3));
    if (encoding === "utf-8") return begin === BYTE_ORDER_MARK ? bytes.subarray(begin.length) : bytes;
    return new TextEncoder().encode(decoded(bytes, encoding));
  } finally {
    file.close();
  }
}

function decoded(bytes: Uint8Array, encoding: string): string {
  try {
    // leaves out the byte order mark
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw new JsonError("is not text in UTF-16, as its first bytes say");
  }
}

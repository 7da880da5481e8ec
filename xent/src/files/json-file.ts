import { ByteFile } from "./byte-file.js";
import { readUpTo } from "./byte-source.js";
import { InputError } from "./input-error.js";
import { repeatedKey } from "./repeated-key.js";

/** A JSON file, as its readers ask for it. */
export interface JsonForm {
  /** What the file should contain; ends the errors. */
  readonly expected: string;
  /** The most bytes of such a file. */
  readonly largest: number;
}

/** Files that begin with these bytes are UTF-16, which Windows' PowerShell writes by default. */
const UTF_16: readonly (readonly [mark: string, encoding: string])[] = [
  ["\xff\xfe", "utf-16le"],
  ["\xfe\xff", "utf-16be"],
];

/**
 * Reads a JSON file in UTF-8 or UTF-16, with or without a byte order mark.
 * @throws InputError when the file cannot be read, is too large, is not JSON, or gives a key twice
 */
export function readJson(path: string, { expected, largest }: JsonForm): unknown {
  const text = textOf(path, largest, expected);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InputError(`${path}: is not JSON; ${expected}`, { cause: error });
  }
  const key = repeatedKey(text);
  if (key !== undefined) throw new InputError(`${path}: gives the key ${JSON.stringify(key)} twice; ${expected}`);
  return value;
}

function textOf(path: string, largest: number, expected: string): string {
  const file = new ByteFile(path);
  try {
    if (file.size > largest) {
      throw new InputError(`${path}: has ${file.size} bytes, at most ${largest} are read; ${expected}`);
    }
    const bytes = readUpTo(file, 0, file.size);
    file.checkUnchanged();
    const mark = String.fromCharCode(...bytes.subarray(0, 2));
    const encoding = UTF_16.find(([begin]) => mark === begin)?.[1] ?? "utf-8";
    // leaves out a byte order mark
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`${path}: is not text in UTF-8; ${expected}`, { cause: error });
  } finally {
    file.close();
  }
}

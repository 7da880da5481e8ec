/** The deepest nesting that is read: serde_json's limit, which safetensors' own reader has too. */
const DEEPEST = 127;

/** The most keys of an object whose keys are looked at; the headers of the largest models have 100,000. */
export const MOST_KEYS = 2 ** 20;

/** Keys are compared one by one up to so many; a set takes more time and memory. */
const FEW_KEYS = 8;

const [TAB, LINE_FEED, RETURN, SPACE] = [0x09, 0x0a, 0x0d, 0x20];
const [QUOTE, COMMA, COLON, BACKSLASH] = [0x22, 0x2c, 0x3a, 0x5c];
const [OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [0x5b, 0x5d, 0x7b, 0x7d];
const [DIGIT_0, DIGIT_9] = [0x30, 0x39];

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const LITERALS: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null };

export type JsonKind = "object" | "array" | "string" | "other";

/** Bytes are not the JSON that is expected. The message completes the sentence "the file ...". */
export class JsonError extends Error {
  override readonly name: string = "JsonError";
}

/** Of browsers too: the example's page reads headers with this. */
const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

const CHUNK = 2 ** 16;

function isUtf8(bytes: Uint8Array): boolean {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    for (let from = 0; from < bytes.length; from += CHUNK) decoder.decode(bytes.subarray(from, from + CHUNK), { stream: true });
    decoder.decode();
    return true;
  } catch {
    return false;
  }
}

/**
 * Reads JSON value by value, so that a file costs only the memory of what its reader keeps: JSON.parse takes up to a hundred times the
 * file's size. Each method reads the next value. A key that an object has twice is an error: JSON.parse takes the last one without a
 * word, other readers the first, so that such a file means different things to different programs.
 */
export class JsonReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #depth = 0;
  readonly #recent: string[] = new Array<string>(32).fill("");

  /** @throws JsonError when `bytes` are not UTF-8 */
  constructor(bytes: Uint8Array) {
    if (!isUtf8(bytes)) throw new JsonError("is not text in UTF-8");
    this.#bytes = bytes;
  }

  #slice(start: number, end: number): string {
    return DECODER.decode(this.#bytes.subarray(start, end));
  }

  /** Position of the next value. */
  get position(): number {
    this.#skipSpace();
    return this.#at;
  }

  /** Reads on at a position that `position` gave. */
  set position(at: number) {
    this.#at = at;
  }

  /** Kind of the next value. */
  get kind(): JsonKind {
    const byte = this.#peek();
    if (byte === OPEN_BRACE) return "object";
    if (byte === OPEN_BRACKET) return "array";
    return byte === QUOTE ? "string" : "other";
  }

  /**
   * Reads an object. `read` is called with each key and has to read its value.
   * @throws JsonError for a repeated key
   */
  object(read: (key: string) => void): void {
    const isNew = noticing();
    let count = 0;
    this.#members(OPEN_BRACE, CLOSE_BRACE, () => {
      const key = this.string();
      this.#expect(COLON);
      if (!isNew(key)) throw repeated(key);
      if (count++ === MOST_KEYS) throw tooManyKeys();
      read(key);
    });
  }

  /**
   * Reads an object whose keys may repeat, and builds no texts of them. `read` is called with the position of each key and whether it
   * is written with escapes, and has to read its value.
   */
  members(read: (keyAt: number, hasEscapes: boolean) => void): void {
    this.#members(OPEN_BRACE, CLOSE_BRACE, () => {
      const keyAt = this.position;
      const hasEscapes = this.#skipString();
      this.#expect(COLON);
      read(keyAt, hasEscapes);
    });
  }

  /** The string at a position that `members` gave. */
  stringAt(at: number): string {
    const before = this.#at;
    this.#at = at;
    const text = this.string();
    this.#at = before;
    return text;
  }

  /** The 32-bit hash of the string at a position that `members` gave: that of its text, however it is escaped. */
  hashAt(at: number): number {
    const bytes = this.#bytes;
    let end = at + 1;
    while (bytes[end] !== QUOTE && bytes[end] !== BACKSLASH) end++;
    return bytes[end] === QUOTE ? hashOf(bytes, at + 1, end) : hashOfText(this.stringAt(at));
  }

  /** Reads an array. `read` is called for each value and has to read it. */
  array(read: () => void): void {
    this.#members(OPEN_BRACKET, CLOSE_BRACKET, read);
  }

  string(): string {
    const start = this.position;
    const hasEscapes = this.#skipString();
    if (hasEscapes) return this.#parsed(start) as string;
    return this.#textOf(start + 1, this.#at - 1);
  }

  /** The texts of the same few keys are built once, for all of a million objects. */
  #textOf(start: number, end: number): string {
    // "dtype", "shape", "data_offsets" and the types have slots of their own
    const slot = ((this.#bytes[start] ?? 0) * 31 + end - start) % this.#recent.length;
    const recent = this.#recent[slot] ?? "";
    if (recent.length === end - start && this.#isAscii(recent, start)) return recent;
    const text = this.#slice(start, end);
    this.#recent[slot] = text;
    return text;
  }

  /** Whether the bytes from `start` on are `text`, in ASCII. */
  #isAscii(text: string, start: number): boolean {
    const bytes = this.#bytes;
    for (let index = 0; index < text.length; index++) {
      const byte = bytes[start + index] ?? 0;
      if (byte !== text.charCodeAt(index) || byte > 0x7f) return false;
    }
    return true;
  }

  /** Reads any value; undefined if it is not a whole number >= 0 that a double holds exactly, written in digits alone. */
  size(): number | undefined {
    const start = this.position;
    const bytes = this.#bytes;
    let at = start;
    let value = 0;
    for (let byte = bytes[at]; byte !== undefined && byte >= DIGIT_0 && byte <= DIGIT_9; byte = bytes[++at]) {
      // in brackets: the sum with `byte` could round
      value = value * 10 + (byte - DIGIT_0);
    }
    const hasZero = at > start + 1 && bytes[start] === DIGIT_0;
    if (at > start && !hasZero && !isOfScalar(bytes[at])) {
      this.#at = at;
      return Number.isSafeInteger(value) ? value : undefined;
    }
    this.skip();
    return undefined;
  }

  /** Reads and builds any value. */
  value(): unknown {
    const { kind } = this;
    if (kind === "string") return this.string();
    if (kind === "other") return this.#scalar();
    if (kind === "array") {
      const items: unknown[] = [];
      this.array(() => items.push(this.value()));
      return items;
    }
    const entries: [string, unknown][] = [];
    this.object((key) => entries.push([key, this.value()]));
    return Object.fromEntries(entries);
  }

  /** Reads any value and builds nothing. The keys in it may repeat. */
  skip(): void {
    const { kind } = this;
    if (kind === "string") this.#skipString();
    else if (kind === "other") this.#scalar();
    else if (kind === "array") this.array(() => this.skip());
    else this.members(() => this.skip());
  }

  /** @throws JsonError when another value follows */
  end(): void {
    if (this.#peek() !== undefined) throw this.#refusal();
  }

  /** @returns the beginning of the value at `position` as it is written, for errors */
  excerpt(position: number): string {
    const end = Math.min(this.#at, position + 60);
    return `${this.#slice(position, end)}${end < this.#at ? "..." : ""}`;
  }

  #members(open: number, close: number, read: () => void): void {
    if (++this.#depth > DEEPEST) throw new JsonError(`nests more than ${DEEPEST} levels deep`);
    this.#expect(open);
    if (this.#peek() === close) this.#at++;
    else {
      for (;;) {
        read();
        const next = this.#peek();
        this.#at++;
        if (next === close) break;
        if (next !== COMMA) throw this.#refusal();
      }
    }
    this.#depth--;
  }

  /** Goes behind a string; returns whether it has escapes. */
  #skipString(): boolean {
    this.#expect(QUOTE);
    const bytes = this.#bytes;
    const start = this.#at - 1;
    let at = start + 1;
    let hasEscapes = false;
    for (;;) {
      const byte = bytes[at++];
      if (byte === QUOTE) break;
      if (byte === undefined || byte < SPACE) throw this.#refusal();
      if (byte !== BACKSLASH) continue;
      hasEscapes = true;
      at++;
    }
    this.#at = at;
    return hasEscapes;
  }

  #scalar(): unknown {
    const bytes = this.#bytes;
    const start = this.position;
    while (isOfScalar(bytes[this.#at])) this.#at++;
    // longer than any number that a writer makes; a text of that length would be built only to be refused
    const text = this.#at - start > 1000 ? "" : this.#slice(start, this.#at);
    if (Object.hasOwn(LITERALS, text)) return LITERALS[text];
    if (!NUMBER.test(text)) throw this.#refusal();
    return Number(text);
  }

  /** The string from `start` on, with its escapes. */
  #parsed(start: number): unknown {
    try {
      return JSON.parse(this.#slice(start, this.#at));
    } catch {
      throw this.#refusal();
    }
  }

  #expect(byte: number): void {
    if (this.#peek() !== byte) throw this.#refusal();
    this.#at++;
  }

  #peek(): number | undefined {
    this.#skipSpace();
    return this.#bytes[this.#at];
  }

  #skipSpace(): void {
    const bytes = this.#bytes;
    for (;;) {
      const byte = bytes[this.#at];
      if (byte !== SPACE && byte !== LINE_FEED && byte !== RETURN && byte !== TAB) return;
      this.#at++;
    }
  }

  #refusal(): JsonError {
    return new JsonError("is not JSON");
  }
}

export function repeated(key: string): JsonError {
  return new JsonError(`gives the key ${JSON.stringify(key)} twice`);
}

export function tooManyKeys(): JsonError {
  return new JsonError(`has more than ${MOST_KEYS} keys in one object`);
}

/** FNV-1a, with its bits mixed once more at the end (the finaliser of MurmurHash3). */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The hash that `hashAt` gives for a string of this text. */
export function hashOfText(text: string): number {
  const bytes = new TextEncoder().encode(text);
  return hashOf(bytes, 0, bytes.length);
}

/** Whether a byte belongs to a number, true, false or null: a digit, a letter, + - or a point. */
function isOfScalar(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  if (byte >= 0x61) return byte <= 0x7a;
  return (byte >= 0x2b && byte <= DIGIT_9 && byte !== COMMA && byte !== 0x2f) || byte === 0x45;
}

/** Returns a function that says whether it has not been called with a key before. Most objects have few keys. */
function noticing(): (key: string) => boolean {
  const few: string[] = [];
  let many: Set<string> | undefined;
  return (key) => {
    if (many === undefined) {
      if (few.includes(key)) return false;
      if (few.push(key) > FEW_KEYS) many = new Set(few);
      return true;
    }
    const { size } = many;
    return many.add(key).size > size;
  };
}

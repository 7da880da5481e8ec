import { InputError } from "./input-error.js";
import { readJson } from "./json-file.js";
import type { JsonReader } from "./json-reader.js";

/** The tokens of a passage: one id and one text per token. */
export interface PassageTokens {
  readonly path: string;
  /** The number of tokens in the file. */
  readonly count: number;
  readonly ids: readonly number[];
  readonly tokens: readonly string[];
}

const FORM = { expected: 'expected { "ids": [...], "tokens": [...] }', largest: 2 ** 27 };

/** The first items of an array, and how many it has. */
interface List<Item> {
  readonly items: readonly Item[];
  readonly count: number;
}

/**
 * Reads a file of the form `{ "ids": [55, 40], "tokens": ["W", "H"] }`.
 * @param most keeps so many tokens; further ones are only counted
 * @throws InputError when the file cannot be read or has another form
 */
export function readTokensFile(path: string, most = Number.POSITIVE_INFINITY): PassageTokens {
  let ids: List<number> | undefined;
  let tokens: List<string> | undefined;
  readJson(path, FORM, (json) => {
    if (json.kind !== "object") return json.skip();
    json.object((key) => {
      if (key === "ids") ids = listOf(json, most, idOf);
      else if (key === "tokens") tokens = listOf(json, most, textOf);
      else json.skip();
    });
  });
  if (ids === undefined) throw new InputError(`${path}: expected "ids", an array of whole numbers`);
  if (tokens === undefined) throw new InputError(`${path}: expected "tokens", an array of strings: the text of each id`);
  const { count } = ids;
  if (count === tokens.count) return { path, count, ids: ids.items, tokens: tokens.items };
  throw new InputError(`${path}: expected as many "tokens" as "ids" (${count}), got ${tokens.count}`);
}

/** Reads an array; undefined if the value is none, or if `read` gives undefined for one of its items. */
function listOf<Item>(json: JsonReader, most: number, read: (json: JsonReader) => Item | undefined): List<Item> | undefined {
  if (json.kind !== "array") {
    json.skip();
    return undefined;
  }
  const items: Item[] = [];
  let count = 0;
  let isList = true;
  json.array(() => {
    const item = read(json);
    if (item === undefined) isList = false;
    else if (count++ < most) items.push(item);
  });
  return isList ? { items, count } : undefined;
}

function idOf(json: JsonReader): number | undefined {
  if (json.kind !== "other") {
    json.skip();
    return undefined;
  }
  const value = json.value();
  return Number.isSafeInteger(value) ? (value as number) : undefined;
}

function textOf(json: JsonReader): string | undefined {
  if (json.kind === "string") return json.string();
  json.skip();
  return undefined;
}

import { InputError } from "./input-error.js";
import { readJson } from "./json-file.js";

/** The tokens of a passage: one id and one text per token. */
export interface PassageTokens {
  readonly path: string;
  readonly ids: readonly number[];
  readonly tokens: readonly string[];
}

const FORM = { expected: 'expected { "ids": [...], "tokens": [...] }', largest: 2 ** 28 };

/**
 * Reads a file of the form `{ "ids": [55, 40], "tokens": ["W", "H"] }`.
 * @throws InputError when the file cannot be read or has another form
 */
export function readTokensFile(path: string): PassageTokens {
  const value = readJson(path, FORM);
  const { ids, tokens } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (!isArrayOf(ids, (id): id is number => Number.isSafeInteger(id))) {
    throw new InputError(`${path}: expected "ids", an array of whole numbers`);
  }
  if (!isArrayOf(tokens, (token): token is string => typeof token === "string")) {
    throw new InputError(`${path}: expected "tokens", an array of strings: the text of each id`);
  }
  if (ids.length !== tokens.length) {
    throw new InputError(`${path}: expected as many "tokens" as "ids" (${ids.length}), got ${tokens.length}`);
  }
  return { path, ids, tokens };
}

function isArrayOf<Item>(value: unknown, test: (item: unknown) => item is Item): value is readonly Item[] {
  return Array.isArray(value) && value.every(test);
}

import { readFileSync } from "node:fs";
import { attempt } from "./attempt.js";
import { InputError } from "./input-error.js";

/** The tokens of a passage: one id and one text per token. */
export interface PassageTokens {
  readonly path: string;
  readonly ids: readonly number[];
  readonly tokens: readonly string[];
}

/**
 * Reads a file of the form `{ "ids": [55, 40], "tokens": ["W", "H"] }`.
 * @throws InputError when the file cannot be read or has another form
 */
export function readTokensFile(path: string): PassageTokens {
  const text = attempt(path, () => readFileSync(path, "utf8"));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InputError(`${path}: is not JSON; expected { "ids": [...], "tokens": [...] }`, { cause: error });
  }
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

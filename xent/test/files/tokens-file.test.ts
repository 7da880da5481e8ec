import { expect, test } from "vitest";
import { InputError } from "../../src/files/input-error.js";
import { readTokensFile } from "../../src/files/tokens-file.js";
import { temporaryFolder } from "./written.js";

const folder = temporaryFolder();

test("ids and tokens of the shipped passage", () => {
  const { ids, tokens } = readTokensFile("examples/data/devil.tokens.json");
  expect([ids.length, tokens.length]).toEqual([246, 246]);
  expect(ids.slice(0, 4)).toEqual([55, 40, 37, 2445]);
  expect(tokens.slice(0, 4)).toEqual(["W", "H", "E", "AT"]);
});

test.each([
  ["{", 'is not JSON; expected { "ids": [...], "tokens": [...] }'],
  ["null", 'expected "ids", an array of whole numbers'],
  ['{"ids": [1.5], "tokens": ["a"]}', 'expected "ids", an array of whole numbers'],
  ['{"ids": [1], "tokens": [2]}', 'expected "tokens", an array of strings: the text of each id'],
  ['{"ids": [1, 2], "tokens": ["a"]}', 'expected as many "tokens" as "ids" (2), got 1'],
])("%s", (text, message) => {
  const path = folder.write("tokens.json", new TextEncoder().encode(text));
  expect(() => readTokensFile(path)).toThrow(new InputError(`${path}: ${message}`));
});

test("a missing file, and a folder", () => {
  const missing = folder.path("none.json");
  expect(() => readTokensFile(missing)).toThrow(new InputError(`${missing}: no such file; check the path`));
  const here = folder.path(".");
  expect(() => readTokensFile(here)).toThrow(new InputError(`${here}: is a folder; give a file`));
});

/** JSON files: their encodings, their sizes, and what in a file of tokens is read. */
import { expect, test } from "vitest";
import { InputError } from "../../src/files/input-error.js";
import { readJson } from "../../src/files/json-file.js";
import { readTokensFile } from "../../src/files/tokens-file.js";
import { concatenate, temporaryFolder } from "./written.js";

const folder = temporaryFolder();

const VALUE = { key: ["é", "日本", "\u{1f600}", 1.5] };
const TEXT = JSON.stringify(VALUE);

const utf8 = (text: string) => new TextEncoder().encode(text);
const utf16 = (text: string, isLittle: boolean) => {
  const view = new DataView(new ArrayBuffer(text.length * 2));
  for (let index = 0; index < text.length; index++) view.setUint16(index * 2, text.charCodeAt(index), isLittle);
  return new Uint8Array(view.buffer);
};

function read(bytes: Uint8Array, largest = 1000): unknown {
  return readJson(folder.write("value.json", bytes), { expected: "expected a value", largest }, (json) => json.value());
}

test.each([
  ["UTF-8", utf8(TEXT)],
  ["UTF-8 with a byte order mark", concatenate([Uint8Array.of(0xef, 0xbb, 0xbf), utf8(TEXT)])],
  ["UTF-16, little-endian", concatenate([Uint8Array.of(0xff, 0xfe), utf16(TEXT, true)])],
  ["UTF-16, little-endian, without a mark", utf16(TEXT, true)],
  ["UTF-16, big-endian, without a mark", utf16(TEXT, false)],
  ["UTF-16, big-endian", concatenate([Uint8Array.of(0xfe, 0xff), utf16(TEXT, false)])],
])("%s", (_, bytes) => {
  expect(read(bytes)).toEqual(VALUE);
});

test.each([
  ["half a byte order mark", concatenate([Uint8Array.of(0xef, 0xbb), utf8(TEXT)])],
  ["a mark at another place", concatenate([utf8(" "), Uint8Array.of(0xff, 0xfe), utf8(TEXT)])],
  ["half a UTF-16 character", concatenate([Uint8Array.of(0xff, 0xfe), utf16('"a"', true), Uint8Array.of(0)])],
  ["half a pair of surrogates", concatenate([Uint8Array.of(0xff, 0xfe), utf16('"\ud83d"', true)])],
  ["Latin-1", Uint8Array.of(0x22, 0xe9, 0x22)],
  ["more than one value", utf8("1 2")],
  ["nothing", utf8(" ")],
])("%s is no JSON", (_, bytes) => {
  expect(() => read(bytes)).toThrow(/value.json: (is|is not) .*; expected a value$/);
});

test("a file may have the most bytes, not one more", () => {
  const bytes = utf8(`"${"x".repeat(8)}"`);
  expect(read(bytes, 10)).toBe("xxxxxxxx");
  expect(() => read(bytes, 9)).toThrow(
    new InputError(`${folder.path("value.json")}: has 10 bytes, at most 9 are read; expected a value`),
  );
});

test("tokens: other keys are skipped, whatever they hold; items beyond the most are counted", () => {
  const path = folder.write(
    "tokens.json",
    utf8('{"texts": ["no"], "ids": [1, 2, 3], "model": {"tokens": ["no"], "ids": 7}, "tokens": ["a", "b", "c"], "n": 4}'),
  );
  expect(readTokensFile(path)).toEqual({ path, count: 3, ids: [1, 2, 3], tokens: ["a", "b", "c"] });
  expect(readTokensFile(path, 2)).toEqual({ path, count: 3, ids: [1, 2], tokens: ["a", "b"] });
  expect(readTokensFile(path, 0)).toEqual({ path, count: 3, ids: [], tokens: [] });
});

test.each([
  ['{"ids": {}, "tokens": []}', "ids"],
  ['{"ids": "1", "tokens": []}', "ids"],
  ['{"ids": null, "tokens": []}', "ids"],
  ['{"ids": ["1"], "tokens": ["a"]}', "ids"],
  ['{"ids": [[1]], "tokens": ["a"]}', "ids"],
  ['{"ids": [true], "tokens": ["a"]}', "ids"],
  ['{"ids": [null], "tokens": ["a"]}', "ids"],
  ['{"ids": [9007199254740992], "tokens": ["a"]}', "ids"],
  ['{"ids": [1, 2.5], "tokens": ["a", "b"]}', "ids"],
  ['{"tokens": ["a"]}', "ids"],
  ['[{"ids": [1], "tokens": ["a"]}]', "ids"],
  ['"ids"', "ids"],
  ['{"ids": [1], "tokens": {}}', "tokens"],
  ['{"ids": [1], "tokens": "a"}', "tokens"],
  ['{"ids": [1, 2], "tokens": ["a", null]}', "tokens"],
  ['{"ids": [1], "tokens": [["a"]]}', "tokens"],
  ['{"ids": [1]}', "tokens"],
])("%s", (text, missing) => {
  const path = folder.write("bad.json", utf8(text));
  const message = missing === "ids" ? '"ids", an array of whole numbers' : '"tokens", an array of strings: the text of each id';
  expect(() => readTokensFile(path)).toThrow(new InputError(`${path}: expected ${message}`));
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { JsonError, JsonReader } from "../../src/files/json-reader.js";

const readerOf = (text: string) => new JsonReader(new TextEncoder().encode(text));

function readValue(text: string): unknown {
  const json = readerOf(text);
  const value = json.value();
  json.end();
  return value;
}

function skips(text: string): void {
  const json = readerOf(text);
  json.skip();
  json.end();
}

/** What JSON.parse makes of a text; undefined for what is not JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

test("any JSON is read as JSON.parse reads it", () => {
  const spaced = fc.tuple(fc.json({ maxDepth: 4 }), fc.constantFrom(0, 1, "\t\n"));
  fc.assert(
    fc.property(spaced, ([text, space]) => {
      const json = JSON.stringify(JSON.parse(text), undefined, space);
      expect(readValue(json)).toStrictEqual(JSON.parse(json));
      skips(json);
    }),
  );
});

test("what JSON.parse refuses is refused, and nothing else", () => {
  const piece = fc.constantFrom(
    ...'{}[],:" \\\t\n0123456789-+.eE',
    '"a"',
    '"\\u0061"',
    "true",
    "null",
    "tru",
    "é",
    "01",
    "-0",
    "1e5",
    ".5",
    "\u0001",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join("");
      const expected = parsed(text);
      if (expected === undefined) {
        expect(() => readValue(text), text).toThrow(JsonError);
        expect(() => skips(text), text).toThrow(JsonError);
      } else if (!/"a".*"a"|"\\u0061"|""/.test(text)) expect(readValue(text), text).toStrictEqual(expected);
      else skips(text);
    }),
    { numRuns: 2000 },
  );
});

test("sizes are whole numbers in digits", () => {
  const texts = ["0", "17", `${Number.MAX_SAFE_INTEGER}`, "9007199254740992", "-1", "1.0", "1e2", "-0", '"1"', "[1]", "null"];
  expect(texts.map((text) => readerOf(text).size())).toEqual([0, 17, Number.MAX_SAFE_INTEGER, ...new Array(8).fill(undefined)]);
  for (const text of ["01", "1x", "", "+1", "1."]) expect(() => readerOf(text).size(), text).toThrow("is not JSON");
});

test("a key twice; the keys of what is skipped may repeat", () => {
  const many = Array.from({ length: 20 }, (_, index) => `"${index}":0`).join();
  for (const text of ['{"a":1,"a":2}', '{"a":1,"\\u0061":2}', '[{"x":{"a":1,"b":1,"a":1}}]', `{${many},"17":1}`]) {
    expect(() => readValue(text), text).toThrow(/gives the key "(a|17)" twice/);
    skips(text);
  }
  expect(readValue(`[{${many}},{${many}}]`)).toHaveLength(2);
});

test("texts that share their length and first letter are not confused", () => {
  const texts = ["ab", "ac", "ab", "aé", "a\\n", "", "ab", "a\u00e9", "abc"];
  expect(readValue(JSON.stringify(texts))).toEqual(texts);
});

test("__proto__ is a key as any other", () => {
  expect(Object.keys(readValue('{"__proto__":1,"constructor":2}') as object)).toEqual(["__proto__", "constructor"]);
});

test("bytes that are not UTF-8, and nesting", () => {
  expect(() => new JsonReader(Uint8Array.of(0x22, 0xff, 0x22))).toThrow("is not text in UTF-8");
  expect(() => skips("[".repeat(128))).toThrow("nests more than 127 levels deep");
  skips(`${"[".repeat(127)}${"]".repeat(127)}`);
});

test("more keys than any file of tensors has", () => {
  const keys = Array.from({ length: 2 ** 20 + 1 }, (_, index) => `"${index}":0`);
  const json = readerOf(`{${keys.join()}}`);
  expect(() => json.object(() => json.skip())).toThrow("has more than 1048576 keys in one object");
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { JsonKeys } from "../../src/files/json-keys.js";
import { hashOfText, JsonReader } from "../../src/files/json-reader.js";

/** Texts of one hash. */
const COLLIDING = ["layers.32179.w45792", "layers.57742.w29858"] as const;

/** The keys of an object with these keys as they are written, quotes included. */
function keysOf(written: readonly string[]): JsonKeys {
  const json = new JsonReader(new TextEncoder().encode(`{${written.map((key) => `${key} : 0`).join()}}`));
  const positions: number[] = [];
  json.members((keyAt) => {
    positions.push(keyAt);
    json.skip();
  });
  json.end();
  return new JsonKeys(json, positions);
}

/** A text as JSON with every character escaped. */
const escaped = (text: string) =>
  `"${Array.from({ length: text.length }, (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, "0")}`).join("")}"`;

const text = fc.oneof(fc.string({ unit: "grapheme", maxLength: 6 }), fc.constantFrom(...COLLIDING));

test("keys are found by their texts, in whatever way they are written", () => {
  fc.assert(
    fc.property(fc.uniqueArray(text), fc.infiniteStream(fc.boolean()), text, (texts, isEscaped, other) => {
      const keys = keysOf(texts.map((key) => (isEscaped.next().value ? escaped(key) : JSON.stringify(key))));
      expect(texts.map((key) => keys.indexOf(key))).toEqual([...texts.keys()]);
      expect(texts.map((_, index) => keys.textOf(index))).toEqual(texts);
      expect(keys).toHaveLength(texts.length);
      expect(keys.indexOf(other)).toBe(texts.indexOf(other));
    }),
  );
});

test("a key given twice is refused", () => {
  fc.assert(
    fc.property(fc.uniqueArray(text, { minLength: 1 }), fc.boolean(), (texts, isEscaped) => {
      const again = texts[texts.length >> 1] ?? "";
      const written = texts.map((key) => JSON.stringify(key));
      expect(() => keysOf([...written, isEscaped ? escaped(again) : JSON.stringify(again)])).toThrow(
        `gives the key ${JSON.stringify(again)} twice`,
      );
    }),
  );
});

test("keys of one hash are told apart", () => {
  const [first, second] = COLLIDING;
  expect(hashOfText(first)).toBe(hashOfText(second));
  const keys = keysOf([`"${second}"`, `"${first}"`]);
  expect([keys.indexOf(first), keys.indexOf(second)]).toEqual([1, 0]);
  expect(keysOf([`"${second}"`]).indexOf(first)).toBe(-1);
  expect(() => keysOf([`"${first}"`, `"${second}"`, `"${first}"`])).toThrow(/twice$/);
});

test("more than a million keys are refused", () => {
  expect(() => new JsonKeys(new JsonReader(new Uint8Array()), new Array(2 ** 20 + 1).fill(0))).toThrow(/more than 1048576 keys/);
});

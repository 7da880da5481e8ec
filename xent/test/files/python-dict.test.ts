import { expect, test } from "vitest";
import { pythonDict, pythonString } from "../../src/files/python-dict.js";

test.each([
  ["{}", {}],
  [" {'a': 1} \n", { a: "1" }],
  ["{'a': 1, }", { a: "1" }],
  ["{'a': 1 , 'b' :(2, 3),'c':[4, {5: 6}]}", { a: "1", b: "(2, 3)", c: "[4, {5: 6}]" }],
  [`{"a": 'x, y', 'b': "it's", 'c': '(['}`, { a: "'x, y'", b: `"it's"`, c: "'(['" }],
  [String.raw`{'a': '\', ', 'b': "\""}`, { a: String.raw`'\', '`, b: String.raw`"\""` }],
  ["{\n'a'\n:\n1\n}", { a: "1" }],
  ["{'a': 1, 'a': 2}", { a: "2" }],
  ["{'': 1}", { "": "1" }],
])("%s", (text, expected) => {
  expect(Object.fromEntries(pythonDict(text) ?? [["none", ""]])).toEqual(expected);
});

test.each([
  ["no dict", "'a': 1"],
  ["something before it", "x{'a': 1}"],
  ["something after it", "{'a': 1}x"],
  ["two commas", "{'a': 1,,}"],
  ["a comma alone", "{,'a': 1}"],
  ["a key that is no string", "{1: 2}"],
  ["a key with something before it", "{u'a': 1}"],
  ["a key with something after it", "{'a' x: 1}"],
  ["quotes that differ", "{'a\": 1}"],
  ["no value's colon", "{'a' 1}"],
  ["a string that does not end", "{'a': 'b}"],
  ["a bracket that does not end", "{'a': (1}"],
  ["a bracket that does not begin", "{'a': 1)}"],
  ["brackets that cross", "{'a': ([)]}"],
])("%s", (_, text) => {
  expect(pythonDict(text)).toBeUndefined();
});

test.each([
  ["'<f4'", "<f4"],
  ['"<f4"', "<f4"],
  ["u'<f4'", "<f4"],
  ["b'<f4'", undefined],
  ["''", ""],
  ["<f4", undefined],
  ["x'<f4'", undefined],
  ["'<f4'x", undefined],
  ["'<f4\"", undefined],
  [String.raw`'\'<f4'`, undefined],
  ["'a''b'", undefined],
])("the text of %s", (value, expected) => {
  expect(pythonString(value)).toBe(expected);
});

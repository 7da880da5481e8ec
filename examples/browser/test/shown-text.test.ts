import { expect, it } from "vitest";
import { textOfBytes } from "../src/model/shown-text.js";
import { textTokenizer } from "../src/model/tokenizer.js";
import { dataText } from "./scores-of-node.js";

it("shows part of a character as its bytes", () => {
  expect(textOfBytes([0x20, 0x61])).toBe(" a");
  expect(textOfBytes([0xf0, 0x9f])).toBe("‹F0›‹9F›");
});

it("tokenises the passages as their files say", () => {
  const tokenizer = textTokenizer(
    JSON.parse(dataText("tiny-gpt/tokenizer.json")),
    JSON.parse(dataText("tiny-gpt/tokenizer_config.json")),
  );
  for (const name of ["devil", "widget"]) {
    const { ids } = JSON.parse(dataText(`${name}.tokens.json`));
    expect(tokenizer.encode(dataText(`${name}.txt`))).toEqual(ids);
  }
});

/** Kernels as text: what the scripts write is what the package reads, and a text that is cut off is no module. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { kernelText } from "../../scripts/kernel-text.mjs";
import { concat, leb } from "../../src/wasm/bytes.js";
import { ALL_KERNELS, CROSS_ENTROPY_KERNELS } from "../../src/wasm/kernel-sets.js";
import { moduleBytes, type Variant } from "../../src/wasm/kernel-text.js";

const HEADER = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

const withSize = (content: Uint8Array): Uint8Array => concat([leb(content.length), content]);
/** The bytes of a module: a section of anything, then code. */
const moduleOf = (section: Uint8Array, functions: readonly Uint8Array[]): Uint8Array =>
  concat([HEADER, [1], withSize(section), [10], withSize(concat([leb(functions.length), ...functions.map(withSize)]))]);

const bodiesOf = (functions: readonly Readonly<Record<Variant, Uint8Array>>[], variant: Variant): Uint8Array[] =>
  functions.map((both) => both[variant]);
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

// sizes around those whose own size is a byte more; every byte
const body = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 40 }),
  fc.constantFrom(127, 128, 256, 16383, 16384).map((length) => new Uint8Array(length).map((_, i) => i * 7)),
);
const section = fc.uint8Array({ maxLength: 200 });
/** A function's body in either build, often the same. */
const functionOfBoth = fc.oneof(
  body.map((same) => ({ plain: same, relaxed: same })),
  fc.record({ plain: body, relaxed: body }),
);
const functions = fc.array(functionOfBoth, { maxLength: 5 });

describe("a text", () => {
  it("gives the bytes that it was made of", () => {
    fc.assert(
      fc.property(section, functions, section, functions, (firstSection, first, wholeSection, others) => {
        const build = (variant: Variant) => ({
          first: moduleOf(firstSection, bodiesOf(first, variant)),
          whole: moduleOf(wholeSection, bodiesOf([...first, ...others], variant)),
        });
        const [plain, relaxed] = [build("plain"), build("relaxed")];
        const one = kernelText(plain.first, relaxed.first, 0);
        const two = kernelText(plain.whole, relaxed.whole, one.functions);
        return (
          same(moduleBytes([one.text], "plain"), plain.first) &&
          same(moduleBytes([one.text], "relaxed"), relaxed.first) &&
          same(moduleBytes([one.text, two.text], "plain"), plain.whole) &&
          same(moduleBytes([one.text, two.text], "relaxed"), relaxed.whole)
        );
      }),
    );
  });

  it("is of characters that no string, page or encoding has to write otherwise", () => {
    for (const text of ALL_KERNELS) {
      expect(text).toMatch(/^[!#-[\]-~]+$/);
      // how the script that holds a bundle would end in a page
      expect(text).not.toMatch(/<\/script|<!--/i);
    }
  });

  it("that is cut off anywhere is an error or no valid module", () => {
    const [text] = CROSS_ENTROPY_KERNELS as readonly [string];
    const isRefused = (cut: string): boolean => {
      try {
        return !WebAssembly.validate(moduleBytes([cut], "plain"));
      } catch (error) {
        return /the text of the kernels is damaged/.test((error as Error).message);
      }
    };
    expect(isRefused(text)).toBe(false);
    fc.assert(fc.property(fc.nat(text.length - 1), (length) => isRefused(text.slice(0, length))));
  });

  it("is not made of builds that differ in more than functions' bodies", () => {
    const [a, b] = [moduleOf(Uint8Array.of(1), []), moduleOf(Uint8Array.of(2), [])];
    expect(() => kernelText(a, b, 0)).toThrow("types, imports or exports of the two builds differ");
  });
});

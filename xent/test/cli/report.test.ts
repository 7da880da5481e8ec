import { describe, expect, test } from "vitest";
import { colorDepth } from "../../src/report/color-depth.js";
import { formatNumber, formatShare, formatWithError } from "../../src/report/numbers.js";
import { passageLines } from "../../src/report/passage.js";
import { Progress } from "../../src/report/progress.js";
import { contrast, legend, NAN_SHADE, paint, SHADES, shadeOf, xterm } from "../../src/report/shading.js";
import { mostSurprising, surpriseLines } from "../../src/report/surprising.js";
import { displayWidth, printable } from "../../src/report/text.js";

describe("shades", () => {
  test("each range of losses has its shade; NaN has its own", () => {
    expect([0, 0.99, 1, 5.9, 14, Infinity].map((bits) => shadeOf(bits).mark)).toEqual([" ", " ", ".", "-", "#", "#"]);
    expect(shadeOf(Number.NaN)).toBe(NAN_SHADE);
  });

  test("every shade is readable and distinct, in 256 colours too", () => {
    const shades = [...SHADES, NAN_SHADE];
    for (const { rgb } of shades) {
      expect(Math.max(contrast(rgb, [0, 0, 0]), contrast(rgb, [255, 255, 255]))).toBeGreaterThanOrEqual(4.5);
    }
    expect(new Set(shades.map(({ rgb }) => xterm(rgb))).size).toBe(shades.length);
    expect(new Set(shades.map(({ mark }) => mark)).size).toBe(shades.length);
  });

  test("shades darken from calm to hot, so the order is visible without hues", () => {
    const whiteness = SHADES.map(({ rgb }) => contrast(rgb, [0, 0, 0]));
    expect([...whiteness].sort((a, b) => b - a)).toEqual(whiteness);
  });

  test("black on white has a contrast of 21", () => {
    expect(contrast([0, 0, 0], [255, 255, 255])).toBeCloseTo(21, 12);
  });

  test("terminal sequences", () => {
    const hot = shadeOf(20);
    expect(paint("x", hot, 24)).toBe("\x1b[38;2;255;255;255;48;2;112;12;36mx\x1b[0m");
    expect(paint("x", hot, 8)).toBe(`\x1b[38;5;231;48;5;${xterm(hot.rgb)}mx\x1b[0m`);
    expect(paint("x", hot, 1)).toBe("x");
    expect(legend(1)).toBe("bits: blank 0-1   . 1-2   : 2-4   - 4-6   = 6-8   + 8-10   * 10-14   # 14+");
  });
});

describe("colour depth", () => {
  const terminal = (depth: number) => ({ isTTY: true, getColorDepth: () => depth });
  test.each([
    ["all", terminal(24), {}, false, 24],
    ["256", terminal(8), {}, false, 8],
    ["16 are too few", terminal(4), {}, false, 1],
    ["none", terminal(1), {}, false, 1],
    ["--no-color", terminal(24), { FORCE_COLOR: "3" }, true, 1],
    ["NO_COLOR", terminal(24), { NO_COLOR: "1" }, false, 1],
    ["NO_COLOR comes before FORCE_COLOR", terminal(24), { NO_COLOR: "1", FORCE_COLOR: "3" }, false, 1],
    ["an empty NO_COLOR is none", terminal(24), { NO_COLOR: "" }, false, 24],
    ["not a terminal", {}, {}, false, 1],
    ["FORCE_COLOR without a terminal", {}, { FORCE_COLOR: "1" }, false, 8],
    ["FORCE_COLOR=3", {}, { FORCE_COLOR: "3" }, false, 24],
    ["FORCE_COLOR=0", terminal(24), { FORCE_COLOR: "0" }, false, 1],
  ] as const)("%s", (_, stream, env, noColor, depth) => {
    expect(colorDepth(stream, env, noColor)).toBe(depth);
  });
});

describe("passage", () => {
  test("line breaks inside tokens, wide characters, ignored tokens, NaN and infinite losses", () => {
    const tokens = [
      { text: "a", bits: 0.5 },
      { text: ".\n\n", bits: 5 },
      { text: "漢e\u0301", bits: 15 },
      { text: "xy", bits: undefined },
      { text: "z", bits: Number.NaN },
      { text: "!", bits: Infinity },
    ];
    expect(passageLines(tokens, 1).slice(2)).toEqual(["a.↵", " --", "↵", "-", "漢e\u0301xyz!", "###  ?#"]);
    const shaded = passageLines(tokens, 8).slice(2);
    expect(shaded).toHaveLength(3);
    expect(shaded[2]).toContain("\x1b[0mxy\x1b[");
  });

  test("no tokens, empty tokens", () => {
    expect(passageLines([], 1)).toEqual([legend(1), ""]);
    expect(passageLines([{ text: "", bits: 3 }], 24)).toEqual([legend(24), ""]);
  });

  test("width", () => {
    expect(displayWidth("abc")).toBe(3);
    expect(displayWidth("漢字")).toBe(4);
    expect(displayWidth("e\u0301")).toBe(1);
    expect(displayWidth("😀")).toBe(2);
    expect(printable("a\nb\tc\rd\x1be\x7f\u2028\u202e")).toBe("a↵b⇥c␍d\ufffde\ufffd\ufffd\ufffd");
  });
});

describe("most surprising tokens", () => {
  const tokens = [1, 5, Number.NaN, 5, undefined, 9, Infinity].map((bits, row) => ({ text: ` t${row}`, bits }));

  test("greatest loss first, equal losses in text order; NaN and ignored tokens left out", () => {
    expect(mostSurprising(tokens, 4)).toEqual([
      { rank: 1, row: 6, bits: Infinity },
      { rank: 2, row: 5, bits: 9 },
      { rank: 3, row: 1, bits: 5 },
      { rank: 4, row: 3, bits: 5 },
    ]);
    expect(mostSurprising(tokens, 99)).toHaveLength(5);
  });

  test("in context, at the ends of the passage and in its middle", () => {
    const words = Array.from({ length: 40 }, (_, row) => ({ text: ` w${row}`, bits: row }));
    expect(surpriseLines(words, mostSurprising(words, 1), 1)).toEqual([
      "rank   bits  row  token   in context",
      '   1  39.00   39  " w39"  … w31 w32 w33 w34 w35 w36 w37 w38[ w39]',
    ]);
    const middle = surpriseLines(words, [{ rank: 7, row: 20, bits: 20 }], 1)[1];
    expect(middle).toBe('   7  20.00   20  " w20"  … w12 w13 w14 w15 w16 w17 w18 w19[ w20] w21 w22 w23 w24…');
    expect(surpriseLines(words, [{ rank: 40, row: 0, bits: 0 }], 1)[1]).toContain("  [ w0] w1");
  });
});

describe("numbers", () => {
  test.each([
    [4.083061735047767, 6, "4.08306"],
    [59.32683511234877, 6, "59.3268"],
    [1004.4331868217507, 10, "1004.433187"],
    [0, 6, "0.00000"],
    [123456789, 6, "123456789"],
    [0.00012, 3, "0.000120"],
    [4.12e-9, 6, "4.12000e-9"],
    [1e20, 3, "1.00e+20"],
    [Number.NaN, 6, "NaN"],
    [Infinity, 6, "Infinity"],
  ])("%d to %i digits", (value, digits, text) => {
    expect(formatNumber(value, digits)).toBe(text);
  });

  test("with errors", () => {
    expect(formatWithError(59.32683511234877, 10.262614474684215, 6)).toBe("59.3268 ± 10.2626");
    expect(formatWithError(Number.NaN, Number.NaN, 6)).toBe("NaN ± NaN");
    expect(formatWithError(2, Number.NaN, 3)).toBe("2.00 ± NaN");
    expect(formatShare(0.25, 0.01)).toBe("25.00 % ± 1.00 %");
  });
});

describe("progress", () => {
  const drawn = (isTTY: boolean, done = 0) => {
    let now = 100;
    let text = "";
    const stream = { isTTY, write: (more: string) => (text += more) };
    const progress = new Progress(stream, { rows: 1000, rowBytes: 4_000_000, done }, () => now);
    return {
      at(seconds: number, done: number) {
        now = 100 + seconds;
        text = "";
        progress.update(done);
        return text;
      },
      clear() {
        text = "";
        progress.clear();
        return text;
      },
    };
  };

  test("on a terminal: a bar, the rate and the time left; nothing for short work; removed by clear", () => {
    const bar = drawn(true);
    expect(bar.at(0.2, 10)).toBe("");
    expect(bar.clear()).toBe("");
    expect(bar.at(2, 250)).toBe("\r\x1b[K[######------------------]  25 %  0.500 GB/s  125 tokens/s  6 s left");
    expect(bar.at(2.01, 251)).toBe("");
    expect(bar.at(8, 1000)).toBe("\r\x1b[K[########################] 100 %  0.500 GB/s  125 tokens/s  0 s left");
    expect(bar.clear()).toBe("\r\x1b[K");
  });

  test("a resumed run: the rate counts only its own rows; long times are in minutes", () => {
    const bar = drawn(true, 900);
    expect(bar.at(10, 901)).toBe("\r\x1b[K[######################--]  90 %  0.000400 GB/s  0 tokens/s  16 min 30 s left");
  });

  test("nothing without a terminal", () => {
    const bar = drawn(false);
    expect(bar.at(2, 250) + bar.clear()).toBe("");
  });
});

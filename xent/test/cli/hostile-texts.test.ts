/**
 * Texts that do something in a terminal, a page or a spreadsheet, as the tokens of one passage. Each output shows them as texts, and
 * tables hold them unchanged.
 */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { safetensorsBytes, temporaryFolder } from "../files/written.js";
import { runHere } from "./stand-in.js";
import { steering } from "./steering.js";

const ESC = "\u001b";

/** For terminals: colours, clearing, titles, links, the clipboard, C1 codes; then control characters and line separators. */
const TERMINAL = [
  `${ESC}[31mred${ESC}[0m`,
  `${ESC}[2J${ESC}[H`,
  `${ESC}]0;title\u0007`,
  `${ESC}]8;;http://evil\u0007link${ESC}]8;;\u0007`,
  `${ESC}]52;c;ZXZpbA==\u0007`,
  `${ESC}c`,
  `${ESC}P+q544e\u001b\\`,
  `\u009b31m`,
  `\u009d0;x\u009c`,
  `\u0007\u0007`,
  `\b\b\b\b`,
  `\rover`,
  `\n\n`,
  `\t`,
  `\v\f`,
  `\u0000nul`,
  `\u007f`,
  `\u0085nel`,
  `\u2028ls`,
  `\u2029ps`,
];
/** Marks of writing direction; then characters without a glyph, lone surrogates, noncharacters. */
const UNICODE = [
  `\u202eevil`,
  `\u202devil`,
  `\u202aL`,
  `\u202bR`,
  `\u202c`,
  `\u2066a`,
  `\u2067b`,
  `\u2068c`,
  `\u2069`,
  `\u200e`,
  `\u200f`,
  `\u061c`,
  `\u200b`,
  `\u200d`,
  `\ufeff`,
  `\u00ad`,
  `\u2060`,
  `\u{e0041}\u{e0042}`,
  `\ufff9a\ufffab\ufffb`,
  `\ud800`,
  `\udfff`,
  `\ud83d`,
  `\ufffe`,
  `\uffff`,
  `\u{10ffff}`,
];
const PAGE = [
  `<script>alert(1)</script>`,
  `</script><script>alert(1)</script>`,
  `<img src=x onerror=alert(1)>`,
  `</title><h1>own`,
  `</style><style>*{display:none}</style>`,
  `<!--`,
  `-->`,
  `]]>`,
  `<svg onload=alert(1)>`,
  `" onmouseover="alert(1)`,
  `' onmouseover='alert(1)`,
  "` onfocus=alert(1)",
  `&lt;b&gt;`,
  `&amp;`,
  `&#x3c;script&#x3e;`,
  `javascript:alert(1)`,
  `<iframe src=//evil>`,
  `<link rel=stylesheet href=//evil>`,
  `<base href=//evil>`,
  `<meta http-equiv=refresh content=0;url=//evil>`,
  `<a href="//evil">x</a>`,
  `<plaintext>`,
  `</body></html>`,
  `<textarea>`,
  `<b>`,
  `{{7*7}}`,
  `\${7*7}`,
];
const SPREADSHEET = [`=1+1`, `=cmd|' /C calc'!A0`, `+1`, `-1`, `@SUM(A1)`, `\t=1`, `＝1`, `'x`, `a,b`, `a"b`, `"`, `,`, `a\r\nb`];
const OTHERS = [
  `a\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308`.repeat(8),
  `Z`.repeat(5000),
  ` `,
  ``,
  `  `,
  `עברית`,
  `العربية`,
  `👩‍👩‍👧‍👦`,
  `🏳️‍🌈`,
  `ﷺ`,
  `\ufdfd`,
  `__proto__`,
  `constructor`,
  `\\u001b[31m`,
  `%s%n%x`,
  `$(rm -rf)`,
  "`id`",
  `../../etc/passwd`,
  `null`,
  `NaN`,
  `true`,
  `0`,
];
const TEXTS = [...TERMINAL, ...UNICODE, ...PAGE, ...SPREADSHEET, ...OTHERS];

const folder = temporaryFolder();
const rows = TEXTS.length;
const file = folder.write(
  "hostile.safetensors",
  safetensorsBytes({
    logits: { dtype: "F32", shape: [rows, 4], data: Float32Array.from({ length: rows * 4 }, (_, index) => (index * 7) % 11) },
    targets: { dtype: "I64", shape: [rows], data: BigInt64Array.from(TEXTS, (_, index) => BigInt(index % 4)) },
  }),
);
const passage = folder.write("hostile.json", passageOf(TEXTS));

function passageOf(tokens: readonly string[]): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ ids: tokens.map((_, index) => index % 4), tokens }));
}

/** Those of xent itself. */
const COLOURS = new RegExp(`${ESC}\\[(?:0|1|22|39|49|[34]8;[25];[\\d;]+)m`, "g");

test.each([
  ["score", "--no-color"],
  ["score", "--json"],
  ["compare", "--no-color"],
  ["compare", "--json"],
])("%s %s prints no text that steers", async (command, ...options) => {
  const files = command === "compare" ? [file, file] : [file];
  for (const env of [{ NO_COLOR: "1" }, { FORCE_COLOR: "3" }]) {
    const { code, stdout, stderr } = await runHere([command, ...files, "--passage", passage, ...options], { env });
    expect([code, stderr, steering(stdout.replace(COLOURS, ""))]).toEqual([0, "", undefined]);
  }
});

test("JSON lines hold every text as it is; CSV nothing that a spreadsheet runs", async () => {
  const [lines, csv] = [folder.path("t.jsonl"), folder.path("t.csv")];
  await runHere(["score", file, "--passage", passage, "--tokens", lines]);
  await runHere(["score", file, "--passage", passage, "--tokens", csv]);
  const texts = readFileSync(lines, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).token);
  expect(texts).toEqual(TEXTS);
  const cells = Array.from(
    readFileSync(csv, "utf8").matchAll(/^\d+,\d+,(?:"((?:[^"]|"")*)"|([^",\n]*)),/gm),
    ([, quoted, bare]) => (quoted === undefined ? bare : quoted.replaceAll('""', '"')),
  );
  expect(cells.length).toBe(rows);
  expect(cells.filter((cell) => /^[=+\-@\t\r＝＋－＠]/.test(cell ?? ""))).toEqual([]);
  // UTF-8 has no lone surrogates
  expect(cells.map((cell) => cell?.replace(/^'/, ""))).toEqual(TEXTS.map((text) => Buffer.from(text).toString()));
});

test("pages have the elements and attributes that a harmless passage gives them, and no mark of any text", async () => {
  const plain = folder.write("plain.json", passageOf(TEXTS.map((_, index) => `t${index}`)));
  for (const command of ["score", "compare"]) {
    const htmlOf = async (tokens: string) => {
      const page = folder.path("page.html");
      const files = command === "compare" ? [file, file] : [file];
      await runHere([command, ...files, "--passage", tokens, "--report", page]);
      return readFileSync(page, "utf8");
    };
    const html = await htmlOf(passage);
    expect(html).toContain("&lt;script&gt;");
    expect(steering(html)).toBe(undefined);
    expect(markupOf(html)).toEqual(markupOf(await htmlOf(plain)));
  }
});

/** Names of the elements and attributes of a page. */
function markupOf(html: string): ReadonlySet<string> {
  const tags = Array.from(html.matchAll(/<(?:"[^"]*"|[^">])*>/g), ([tag]) => tag.replace(/="[^"]*"/g, "="));
  return new Set(tags.flatMap((tag) => tag.match(/[\w-]+=|^<[!/]?[\w-]+/g) ?? [tag]));
}

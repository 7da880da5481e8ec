import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { csvLines, jsonLines } from "../../src/cli/tables/text-lines.js";
import { safetensorsBytes, temporaryFolder } from "../files/written.js";
import { runHere } from "./stand-in.js";

const folder = temporaryFolder();
const logits = { dtype: "F32", shape: [4, 3], data: Float32Array.of(2, 1, 0.5, 0, 0, 0, 1, Number.NaN, 2, 5, 5, 5) };
const targets = { dtype: "I32", shape: [4], data: Int32Array.of(0, 2, 1, -1) };
const file = folder.write("small.safetensors", safetensorsBytes({ logits, targets }));
const passage = folder.write(
  "passage.json",
  new TextEncoder().encode(JSON.stringify({ ids: [0, 2, 1, 1], tokens: ['say "hi", ', "", "two\nlines", "x"] })),
);

async function tableOf(ending: string, ...argv: string[]): Promise<string> {
  const path = folder.path(`table.${ending}`);
  const { code, stderr } = await runHere([...argv, "--ignore-index", "-1", "--tokens", path]);
  expect([code, stderr]).toEqual([2, expect.stringContaining("1 of 4 rows have a NaN")]);
  return readFileSync(path, "utf8");
}

const log3 = -Math.log(3);
const first = 2 - Math.log(Math.exp(2) + Math.exp(1) + Math.exp(0.5));

test("score as JSON lines: one line per row, including ignored and NaN rows; no text without a passage", async () => {
  const rows = (await tableOf("jsonl", "score", file, "--top", "2"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const none = { logProb: null, rank: null, entropy: null, topIds: null, topLogProbs: null };
  const near = (value: number) => expect.closeTo(value, 6);
  expect(rows).toEqual([
    {
      ...{ row: 0, target: 0, logProb: near(first), rank: 1, isGreedy: true, entropy: expect.any(Number) },
      ...{ topIds: [0, 1], topLogProbs: [near(first), near(first - 1)] },
    },
    {
      ...{ row: 1, target: 2, logProb: near(log3), rank: 3, isGreedy: false, entropy: near(-log3) },
      ...{ topIds: [0, 1], topLogProbs: [near(log3), near(log3)] },
    },
    { row: 2, target: 1, ...none, isGreedy: false },
    { row: 3, target: -1, ...none, isGreedy: null },
  ]);
});

test("score as CSV, with texts that need quoting", async () => {
  const text = await tableOf("csv", "score", file, "--passage", passage);
  expect(text.replace(/-?0\.\d+|-?1\.\d+/g, "N")).toBe(
    [
      "row,target,token,logProb,rank,isGreedy,entropy",
      '0,0,"say ""hi"", ",N,1,true,N',
      '1,2,"",N,3,false,N',
      '2,1,"two\nlines",NaN,,false,NaN',
      "3,-1,x,,,,",
      "",
    ].join("\n"),
  );
});

test("compare", async () => {
  const text = await tableOf("csv", "compare", file, file);
  const lines = text.split("\n");
  expect(lines[0]).toBe("row,target,klDivergence,baseLogProb,otherLogProb,sameTop");
  expect(lines.slice(3)).toEqual(["2,1,NaN,NaN,NaN,false", "3,-1,,,,", ""]);
  const [row, target, kl, baseLogProb, otherLogProb, sameTop] = (lines[1] as string).split(",");
  expect([row, target, sameTop, baseLogProb]).toEqual(["0", "0", "true", otherLogProb]);
  expect([Number(kl), Number(baseLogProb)]).toEqual([0, expect.closeTo(first, 6)]);
});

test("cells of each kind", () => {
  const columns = ["a", "b", 'c"', "d", "e"].map((name) => ({ name, kind: "double" }) as const);
  const cells = [-1.5, Number.POSITIVE_INFINITY, "x\ry", [1, 2.5], null];
  expect(jsonLines(columns).line(cells)).toBe('{"a":-1.5,"b":null,"c\\"":"x\\ry","d":[1,2.5],"e":null}\n');
  expect(csvLines(columns).line(cells)).toBe('-1.5,Infinity,"x\ry",1 2.5,\n');
  expect([jsonLines(columns).head, csvLines(columns.slice(0, 2)).head]).toEqual(["", "a,b\n"]);
});

test("CSV: a text that a spreadsheet could run as a formula gets an apostrophe, and so does one that begins with one", () => {
  const { line } = csvLines([{ name: "token", kind: "text" }]);
  const formulas = ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠", "'"].map((first) => `${first}HYPERLINK(1)`);
  for (const text of formulas) expect([text, line([text]).replace(/^"(.*)"\n$/s, "$1\n")]).toEqual([text, `'${text}\n`]);
  expect(line(['=cmd|" /C calc"!A0'])).toBe('"\'=cmd|"" /C calc""!A0"\n');
  expect(["x=1", " =1", "1-2", "é", "…"].map((text) => line([text]))).toEqual(["x=1\n", " =1\n", "1-2\n", "é\n", "…\n"]);
  // numbers stay numbers
  expect(line([-1.5])).toBe("-1.5\n");
});

test("every text is its CSV cell without quotes and without the apostrophe in front", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.constantFrom("", "=", "'", "-", '"', "\t"), (rest, first) => {
      const text = first + rest;
      const cell = csvLines([{ name: "token", kind: "text" }])
        .line([text])
        .slice(0, -1);
      const unquoted = cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell;
      expect(unquoted.replace(/^'/, "")).toBe(text);
    }),
  );
});

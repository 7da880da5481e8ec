/** npm run evaluate: from the shipped files to the pages. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { temporaryFolder } from "../files/written.js";
import { cellsOf, pairsOf, sectionOf, textOf } from "./read-page.js";

interface Passage {
  readonly ids: readonly number[];
  readonly tokens: readonly string[];
}

const MAIN = fileURLToPath(new URL("../../../scripts/evaluate.mjs", import.meta.url));
const folder = temporaryFolder();

test("scores both models, compares them, and prints the paths of the pages", () => {
  const printed = execFileSync(process.execPath, [MAIN, folder.path("out")], { encoding: "utf8", stdio: "pipe" });
  const names = ["compare", "score-f32", "score-int8"];
  expect(readdirSync(folder.path("out")).sort()).toEqual(names.flatMap((name) => [`${name}.html`, `${name}.jsonl`]));
  const read = (file: string): string => readFileSync(folder.path(`out/${file}`), "utf8");
  for (const name of names) {
    expect(printed).toMatch(new RegExp(`file:.*/out/${name}\\.html `));
    expect(read(`${name}.jsonl`).trimEnd().split("\n")).toHaveLength(246);
    expect(pairsOf(read(`${name}.html`))["rows"]).toBe("246");
  }

  // the perplexities agree between the pages and with the tables
  const compared = pairsOf(read("compare.html"));
  for (const [name, figure] of [
    ["score-f32", compared["perplexity, base"]],
    ["score-int8", compared["perplexity, other"]],
  ] as const) {
    const rows = read(`${name}.jsonl`).trimEnd().split("\n");
    const sum = rows.reduce((total, line) => total + (JSON.parse(line) as { logProb: number }).logProb, 0);
    expect(pairsOf(read(`${name}.html`))["perplexity"]).toBe(figure);
    expect(Number.parseFloat(figure ?? "")).toBeCloseTo(Math.exp(-sum / rows.length), 2);
  }

  // the class expected instead is shown by its text if the passage contains it
  const { ids, tokens } = JSON.parse(readFileSync("examples/data/devil.tokens.json", "utf8")) as Passage;
  const page = read("score-f32.html");
  const expected = cellsOf(sectionOf(page, "surprising")).map(([, , , , instead = ""]) => instead.replace(/ [\d.]+ %$/, ""));
  expect(expected.filter((text) => text.startsWith("#")).filter((text) => ids.includes(Number(text.slice(1))))).toEqual([]);
  expect(expected).toContain(" the");

  // the whole text is shown, with signs for line breaks
  expect(textOf(sectionOf(page, "text")).replaceAll("↵\n", "\n")).toContain(tokens.join(""));
});

// The recipe of docs/browser.md, run as it is written, prints what the document says.
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "../harness/processes.mjs";

const document = fileURLToPath(new URL("../../../docs/browser.md", import.meta.url));
const model = fileURLToPath(new URL("../../../examples/data/tiny-gpt", import.meta.url));
/** A program that imports transformers.js, and right after it what it prints. */
const RECIPE = /```js\n((?:(?!```)[\s\S])*"@huggingface\/transformers"[\s\S]*?)```\n\n```text\n(.*)\n```/;

/** What is wrong, undefined: nothing. */
export async function tryRecipe(folder) {
  const found = RECIPE.exec(readFileSync(document, "utf8"));
  if (!found) return "docs/browser.md: no recipe with what it prints";
  const [, program, expected] = found;
  writeFileSync(join(folder, "recipe.mjs"), program);
  mkdirSync(join(folder, "models"));
  symlinkSync(model, join(folder, "models/tiny-gpt"));
  const printed = (await run(process.execPath, ["recipe.mjs"], folder)).trim();
  const digits = expected.replace(/^\d+\./, "").length;
  const isSame = Number.isFinite(Number(printed)) && Number(printed).toFixed(digits) === expected;
  return isSame ? undefined : `docs/browser.md: the recipe prints ${printed}, not ${expected}`;
}

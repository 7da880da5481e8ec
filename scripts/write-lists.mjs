// A step of the build before the compiler: writes the two lists that follow from other files, so that a new function or kind is
// named once. Both are ignored by git.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { write } from "./write.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const read = (/** @type {string} */ file) => readFileSync(join(root, file), "utf8");
const HEAD = "written by scripts/write-lists.mjs";

/** @param {string} text @param {RegExp} pattern @returns {string[]} the first group of each match */
const matches = (text, pattern) => Array.from(text.matchAll(pattern), ([, name]) => /** @type {string} */ (name));

const names = matches(read("src/functions.ts"), /^ {2}(\w+): \[\d, \w+Task\],$/gm);
write(
  "src/generated/deterministic-functions.ts",
  `/** The functions of TASKS on plain SIMD128, ${HEAD}. */
import { deterministicRunner } from "../engine/default.js";
import { functionsOn } from "../functions.js";

export const {
${names.map((name) => `  ${name},\n`).join("")}} = functionsOn(deterministicRunner);
`,
);

const files = readdirSync(join(root, "src/engine/kinds")).filter((file) => file.endsWith(".ts"));
const kinds = files.sort().map((file) => ({
  file: file.replace(/\.ts$/, ".js"),
  names: matches(read(`src/engine/kinds/${file}`), /^export const (\w+Kind)\b/gm),
}));
const withKinds = kinds.filter(({ names }) => names.length > 0);
write(
  "src/generated/kinds.ts",
  `/** The kinds of all jobs, ${HEAD} from src/engine/kinds. */
import type { Kind } from "../engine/kind.js";
${withKinds.map(({ file, names }) => `import { ${names.join(", ")} } from "../engine/kinds/${file}";\n`).join("")}
export const KINDS: readonly Kind[] = [
${withKinds.flatMap(({ names }) => names.map((name) => `  ${name},\n`)).join("")}];
`,
);

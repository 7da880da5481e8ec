// The whole evaluation on the shipped data. Scores a small GPT's logits of a passage and those of its 8-bit version, and compares
// the two; writes a page and a token table for each to the folder `evaluation`, or to the folder given as argument.
import { spawnSync } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = resolve(process.argv[2] ?? join(root, "evaluation"));
mkdirSync(folder, { recursive: true });

const data = (file) => relative(process.cwd(), join(root, "examples/data", file));
const [base, other, passage] = ["devil.f32.safetensors", "devil.int8.safetensors", "devil.tokens.json"].map(data);
const steps = [
  { name: "score-f32", command: ["score", base] },
  { name: "score-int8", command: ["score", other] },
  { name: "compare", command: ["compare", base, other] },
];

for (const { name, command } of steps) {
  const [page, table] = [join(folder, `${name}.html`), join(folder, `${name}.jsonl`)];
  const argv = [...command, "--passage", passage, "--report", page, "--tokens", table];
  console.log(`\nxent ${argv.map((part) => (part.startsWith(folder) ? relative(process.cwd(), part) : part)).join(" ")}\n`);
  const { status } = spawnSync(process.execPath, [join(root, "xent/build/cli/main.js"), ...argv], { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

console.log("\nOpen in a browser:");
for (const { name } of steps) {
  const page = join(folder, `${name}.html`);
  console.log(`  ${pathToFileURL(page).href} (${(statSync(page).size / 1000).toFixed(0)} KB)`);
}

// Files of logits, as the recipes write them, and the packed tool's totals of each. Python need not be there: its program's files are
// recorded, with the program's digest. `node test/packaging/recipes/logits-files.mjs` records them again; it needs python3 with numpy and safetensors.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "../harness/processes.mjs";
import { blocksOf, fileOf } from "./document.mjs";

const RECORDED = fileURLToPath(new URL("recorded/", import.meta.url));
const PYTHON = "write_logits.py";
const TOOL = "node_modules/xent/build/cli/main.js";
const digest = (program) => createHash("sha256").update(program).digest("hex");

/** Faults. */
export async function tryLogitsFiles(folder) {
  writeFileSync(join(folder, "write-logits.mjs"), fileOf("write-logits.mjs"));
  await run(process.execPath, ["write-logits.mjs"], folder);
  cpSync(RECORDED, join(folder, "recorded"), { recursive: true });
  const [totals, ...others] = blocksOf("text");
  if (others.length > 0) throw new Error("docs/recipes.md: more than one block of text");
  const expected = totals.trim().split("\n");
  const faults = [];
  for (const file of ["passage.safetensors", "recorded/passage.npz", "recorded/passage.safetensors"]) {
    const printed = (await run(process.execPath, [TOOL, "score", file], folder)).split("\n");
    const missing = expected.filter((line) => !printed.includes(line));
    if (missing.length > 0)
      faults.push(`docs/recipes.md, ${file}: xent prints ${printed.join(" | ")}, without ${missing.join(" | ")}`);
  }
  if (digest(fileOf(PYTHON)) !== readFileSync(join(RECORDED, "digest.txt"), "utf8").trim()) {
    faults.push(`docs/recipes.md: ${PYTHON} is not the program that wrote the recorded files`);
  }
  return faults;
}

function record() {
  execFileSync("python3", ["-c", fileOf(PYTHON)], { cwd: RECORDED, stdio: "inherit" });
  writeFileSync(join(RECORDED, "digest.txt"), `${digest(fileOf(PYTHON))}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) record();

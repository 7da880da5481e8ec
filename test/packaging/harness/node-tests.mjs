// Tests that run beside the real transformers.js and onnxruntime, in a project with the packed package.
import { cpSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "./processes.mjs";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

/** Faults of a folder's NAME.test.mjs, with data and an example beside it. */
export async function tryNodeTests(project, name) {
  const folder = project.makeProject(name);
  for (const installed of ["@huggingface", "onnxruntime-node"]) {
    symlinkSync(path(`../node_modules/${installed}`), join(folder, "node_modules", installed));
  }
  // a copy, because tests may write models
  for (const example of ["data", "node-eval"])
    cpSync(path(`../../../examples/${example}`), join(folder, example), { recursive: true });
  cpSync(path("../../../docs/text.md"), join(folder, "text.md"));
  cpSync(path(`../${name}`), folder, { recursive: true });
  const faults = [];
  // before Node 24 there is no Float16Array, and float16 tensors hold words
  for (const version of ["20", "24"]) {
    await run("npx", ["-y", `node@${version}`, "--test", `${name}.test.mjs`], folder).catch((error) => {
      faults.push(`${name}, Node ${version}: ${error.message}`);
    });
  }
  return faults;
}

// The package beside the real transformers.js and onnxruntime: their tensors.
import { copyFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "../harness/processes.mjs";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

/** Faults. */
export async function tryTensors(project) {
  const folder = project.makeProject("tensors");
  for (const name of ["@huggingface", "onnxruntime-node"]) {
    symlinkSync(path(`../node_modules/${name}`), join(folder, "node_modules", name));
  }
  symlinkSync(path("../../../examples/data"), join(folder, "data"));
  copyFileSync(path("tensors.test.mjs"), join(folder, "tensors.test.mjs"));
  const faults = [];
  // before Node 24 there is no Float16Array, and float16 tensors hold words
  for (const version of ["20", "24"]) {
    await run("npx", ["-y", `node@${version}`, "--test", "tensors.test.mjs"], folder).catch((error) => {
      faults.push(`tensors, Node ${version}: ${error.message}`);
    });
  }
  return faults;
}

// Installs the consumers when they are not there as the lock has them.
import { existsSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { run } from "./harness/processes.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const installed = `${here}node_modules/.package-lock.json`;

if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(`${here}package-lock.json`).mtimeMs) {
  process.stdout.write("installing the bundlers and runtimes of test/packaging\n");
  await run("npm", ["ci", "--no-audit", "--no-fund"], here);
  // puts its binary in its place
  await run("npm", ["rebuild", "--ignore-scripts=false", "bun"], here);
}

// Installs the bundlers when they are not there as the lock has them.
import { existsSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { run } from "./harness/processes.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const installed = `${here}node_modules/.package-lock.json`;

if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(`${here}package-lock.json`).mtimeMs) {
  process.stdout.write("installing the packages of test/packaging\n");
  await run("npm", ["ci", "--no-audit", "--no-fund"], here, 300_000);
}

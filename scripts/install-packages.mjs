// node scripts/install-packages.mjs FOLDER: installs the packages of a folder that has its own package.json, when they are not there
// as its lock has them. What only such a folder needs, a clone's own `npm ci` need not bring.
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";

const [folder] = process.argv.slice(2);
const installed = join(folder, "node_modules/.package-lock.json");

if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(join(folder, "package-lock.json")).mtimeMs) {
  process.stdout.write(`installing the packages of ${folder}\n`);
  const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], {
    cwd: folder,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  process.exitCode = status ?? 1;
}

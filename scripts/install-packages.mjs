// node scripts/install-packages.mjs FOLDER: installs the packages of a folder with its own package.json, unless they are there
// and as new as its lock file. So the `npm ci` of a clone need not install packages that only such a folder uses.
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

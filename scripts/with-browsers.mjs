// node scripts/with-browsers.mjs [--optional] chromium [firefox] -- COMMAND...: sets up the browsers and runs the command with their
// paths in CHROMIUM and FIREFOX. If a browser cannot be set up, the exit code is 1; with --optional, except in CI, the command is
// skipped instead.
import { spawnSync } from "node:child_process";
import { missing, setUpBrowser } from "./browsers.mjs";

const args = process.argv.slice(2);
const end = args.indexOf("--");
const isOptional = args[0] === "--optional";
const names = args.slice(isOptional ? 1 : 0, end);
const [command, ...rest] = args.slice(end + 1);
const isCi = ![undefined, "", "0", "false"].includes(process.env.CI);

/** @returns {number} the exit code */
function main() {
  for (const name of names) {
    const path = setUpBrowser(name);
    if (path === undefined) {
      const isLeftOut = isOptional && !isCi;
      process.stderr.write(`${missing(name)}${isLeftOut ? "; its tests are left out" : ""}\n`);
      return isLeftOut ? 0 : 1;
    }
    process.env[name.toUpperCase()] = path;
  }
  const { status, error } = spawnSync(command, rest, { stdio: "inherit", shell: process.platform === "win32" });
  if (error) throw error;
  return status ?? 1;
}

process.exitCode = main();

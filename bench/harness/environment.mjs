/** Where and on what was measured: without it a figure means nothing. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** What decides the figures: a change here that is not committed makes them another commit's. */
const MEASURED = ["assembly", "src", "bench", "asconfig.json", "package-lock.json", ":!bench/results", ":!bench/README.md"];

/**
 * @typedef {object} Environment
 * @property {string} cpu model
 * @property {number} cores that this process may use
 * @property {number} load of the machine when the bench began, averaged over a minute; 0 is idle
 * @property {string} platform
 * @property {{ name: "node", version: string, major: number, v8: string, flags: string[] }} runtime
 * @property {{ version: string, commit: string | null, modified: boolean | null }} package commit that was measured, and
 *   whether the sources differed from it; null outside of a git clone
 */

/** @returns {Environment} */
export function environment() {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    load: Number(loadavg()[0].toFixed(2)),
    platform: `${process.platform} ${process.arch}`,
    runtime: {
      name: "node",
      version: process.versions.node,
      major: Number.parseInt(process.versions.node, 10),
      v8: process.versions.v8,
      flags: process.execArgv,
    },
    package: { version: packageVersion(), ...commit() },
  };
}

/** @returns {string} */
function packageVersion() {
  return JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")).version;
}

function commit() {
  try {
    const head = git("rev-parse", "--short=12", "HEAD").trim();
    return { commit: head, modified: git("status", "--porcelain", "--", ...MEASURED) !== "" };
  } catch {
    return { commit: null, modified: null };
  }
}

/** @param {...string} args */
function git(...args) {
  return execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
}

/** The machine, runtime and commit of a measurement. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { benchEnvironment } from "../../xent/build/cli/bench-environment.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Files that the figures depend on: with uncommitted changes in them, the figures are not those of the commit. */
const MEASURED = [
  "assembly",
  "src",
  "xent/src",
  "bench",
  "asconfig.json",
  "package.json",
  "package-lock.json",
  "scripts/bundle-entries.mjs",
  ":!bench/results",
  ":!bench/README.md",
];

/** @returns {import("../../xent/build/bench/types.js").Environment} */
export function environment() {
  const here = benchEnvironment();
  return { ...here, package: { ...here.package, ...commit() } };
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

/** Compiles the C contender if there is a gcc; the program goes to bench/native/build, which git ignores. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("./", import.meta.url));
const PROGRAM = `${folder}build/cross-entropy`;

/** Vectors no wider than WebAssembly's: without -mprefer-vector-width gcc uses ymm where it vectorizes by itself. */
const FLAGS = ["-std=c17", "-O3", "-mfma", "-mprefer-vector-width=128", "-Wall", "-Wextra", "-Werror"];

/** @type {{ program: string } | { missing: string } | undefined} */
let known;

/** @returns {{ program: string } | { missing: string }} the program, or why there is none; compiled at most once per run */
export function nativeProgram() {
  known ??= built();
  return known;
}

function built() {
  if (process.arch !== "x64") return { missing: `written with intrinsics of x86, not for ${process.arch}` };
  try {
    if (!isFresh()) {
      mkdirSync(`${folder}build`, { recursive: true });
      const sources = sourcesEnding(".c");
      execFileSync("gcc", [...FLAGS, "-o", PROGRAM, ...sources, "-lm"], { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
    }
    // without arguments it only checks that the processor has FMA
    execFileSync(PROGRAM, { stdio: ["ignore", "ignore", "pipe"] });
    return { program: PROGRAM };
  } catch (error) {
    return { missing: reason(/** @type {NodeJS.ErrnoException & { stderr?: Buffer }} */ (error)) };
  }
}

function isFresh() {
  if (!existsSync(PROGRAM)) return false;
  const builtAt = statSync(PROGRAM).mtimeMs;
  return [...sourcesEnding(".c"), ...sourcesEnding(".h"), "build.mjs"].every(
    (name) => statSync(folder + name).mtimeMs <= builtAt,
  );
}

/** @param {string} ending */
function sourcesEnding(ending) {
  return readdirSync(folder).filter((name) => name.endsWith(ending));
}

/** @param {NodeJS.ErrnoException & { stderr?: Buffer }} error */
function reason({ code, message, stderr }) {
  if (code === "ENOENT") return "no gcc found";
  return stderr?.toString().trim().split("\n")[0] || message;
}

/** The processes that bench:files times. Each returns its output and time, and its memory if it reports that. */
import { fork, spawnSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { devNull } from "node:os";
import { fileURLToPath } from "node:url";

const path = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));

/**
 * @typedef {object} Ended
 * @property {number} seconds from its start to its end
 * @property {number | null} code
 * @property {string} stdout
 * @property {string} stderr
 * @property {number} [peakBytes]
 */

/**
 * @param {readonly string[]} argv of xent
 * @param {number} [call] of the engine at which it is interrupted
 * @returns {Promise<Ended>}
 */
export function xent(argv, call = 0) {
  const begun = performance.now();
  const child = fork(path("xent-child.mjs"), [String(call), ...argv], { silent: true });
  const ended = { seconds: Number.NaN, stdout: "", stderr: "" };
  child.stdout?.on("data", (text) => {
    ended.stdout += text;
  });
  child.stderr?.on("data", (text) => {
    ended.stderr += text;
  });
  let told = {};
  child.on("message", (message) => {
    told = /** @type {object} */ (message);
  });
  return new Promise((resolve) =>
    child.on("close", (code) => resolve({ ...ended, ...told, code, seconds: (performance.now() - begun) / 1000 })),
  );
}

/** @param {string} file @returns {Ended} */
export function cat(file) {
  const nowhere = openSync(devNull, "w");
  try {
    return timed("cat", [file], nowhere);
  } finally {
    closeSync(nowhere);
  }
}

/** @param {string} file @returns {Ended} */
export function jsLoop(file) {
  return timed(process.execPath, [path("js-child.mjs"), file]);
}

/** @param {string} python @param {string} file @returns {Ended} */
export function numpy(python, file) {
  return timed(python, [path("numpy-child.py"), file]);
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {"pipe" | number} stdout
 * @returns {Ended}
 */
function timed(command, args, stdout = "pipe") {
  const begun = performance.now();
  const ended = spawnSync(command, args, { encoding: "utf8", stdio: ["ignore", stdout, "pipe"] });
  const seconds = (performance.now() - begun) / 1000;
  const failure = ended.error?.message ?? "";
  return { seconds, code: ended.status, stdout: ended.stdout ?? "", stderr: failure || ended.stderr };
}

// node scripts/at-once.mjs COMMAND...: runs shell commands at the same time, because none of them keeps all processors busy. The
// output of the first is shown as it comes, and that of each other once those before it have ended. The exit code is 1 if any fails.
import { spawn } from "node:child_process";

/** Starts a command. Its output waits for `turn`; the result is its exit code, once the output is complete. */
async function run(/** @type {string} */ command, /** @type {Promise<unknown>} */ turn) {
  const child = spawn(command, { shell: true, stdio: ["ignore", "pipe", "pipe"] });
  /** @type {(() => void)[] | undefined} */
  let held = [];
  for (const name of /** @type {const} */ (["stdout", "stderr"])) {
    child[name].on("data", (chunk) => {
      const show = () => void process[name].write(chunk);
      if (held) held.push(show);
      else show();
    });
  }
  /** @type {Promise<number>} */
  const ended = new Promise((resolve, reject) => child.on("error", reject).on("close", (code) => resolve(code ?? 1)));
  await turn;
  for (const show of held) show();
  held = undefined;
  return ended;
}

/** @type {Promise<number>[]} */
const runs = [];
for (const command of process.argv.slice(2)) runs.push(run(command, Promise.all(runs)));
if ((await Promise.all(runs)).some((code) => code !== 0)) process.exitCode = 1;

// node scripts/at-once.mjs COMMAND...: runs shell commands at the same time, because none of them keeps all processors busy. The
// output of the first is shown as it comes, and that of each other once those before it have ended. The end of each failed one's output is shown again, last
// of all, because other output may bury it. The exit code is 1 if any fails.
import { spawn } from "node:child_process";

/** Characters that are shown again of a failed command's output. */
const REPEATED = 6000;

/** Starts a command. Its output waits for `turn`; the result comes once the output is complete. */
async function run(/** @type {string} */ command, /** @type {Promise<unknown>} */ turn) {
  const child = spawn(command, { shell: true, stdio: ["ignore", "pipe", "pipe"] });
  /** @type {(() => void)[] | undefined} */
  let held = [];
  let end = "";
  for (const name of /** @type {const} */ (["stdout", "stderr"])) {
    child[name].on("data", (chunk) => {
      end = (end + chunk).slice(-REPEATED);
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
  return { command, code: await ended, end };
}

/** @type {ReturnType<typeof run>[]} */
const runs = [];
for (const command of process.argv.slice(2)) runs.push(run(command, Promise.all(runs)));
for (const { command, code, end } of await Promise.all(runs)) {
  if (code === 0) continue;
  process.exitCode = 1;
  console.error(`\n${end}\n"${command}" failed with exit code ${code}; the end of its output is above`);
}

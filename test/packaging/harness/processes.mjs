// Child processes.
import { execFile } from "node:child_process";

/** npm's own variables of the surrounding `npm run` must not steer the commands of a consumer. */
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("npm_")));

/** What a command prints on stdout; an error carries what it printed on stderr. */
export function run(command, args, cwd, timeout = 120_000, more = {}) {
  return new Promise((resolve, reject) => {
    execFile(command, args, { cwd, env: { ...env, ...more }, timeout, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${command} ${args.join(" ")}: ${error.killed ? "no end" : `${stderr}${stdout}`}`));
      else resolve(stdout);
    });
  });
}

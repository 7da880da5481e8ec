// node scripts/with-redis.mjs COMMAND...: sets up Redis and runs the command with its name in REDIS_SERVER. Without Redis the command
// runs all the same, and leaves the tests of the queue out; in CI the exit code is 1 instead.
import { spawnSync } from "node:child_process";
import { MISSING, setUpRedis } from "./redis.mjs";

const [command, ...args] = process.argv.slice(2);
const isCi = ![undefined, "", "0", "false"].includes(process.env.CI);

/** @returns {number} the exit code */
function main() {
  const server = setUpRedis();
  if (server === undefined) {
    process.stderr.write(`${MISSING}${isCi ? "" : "; the tests of the queue are left out"}\n`);
    if (isCi) return 1;
  } else process.env.REDIS_SERVER = server;
  const { status, error } = spawnSync(command, args, { stdio: "inherit", shell: process.platform === "win32" });
  if (error) throw error;
  return status ?? 1;
}

process.exitCode = main();

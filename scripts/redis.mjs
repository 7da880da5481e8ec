/** Finds or installs Redis for the tests of the queue: an installed one, or Debian's package. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const MINUTE = 60_000;

/** Names of programs that speak Redis' protocol. */
const PROGRAMS = ["redis-server", "valkey-server"];

export const MISSING =
  "no redis-server found, and none could be installed: install one (apt-get install redis-server) or name one in REDIS_SERVER";

/**
 * Name or path of a server that starts: the one in REDIS_SERVER, else one of the system. Undefined if there is none.
 *
 * @returns {string | undefined}
 */
export function findRedis() {
  const named = process.env.REDIS_SERVER;
  if (named) {
    if (!starts(named)) throw new Error(`REDIS_SERVER: ${named} does not start`);
    return named;
  }
  return PROGRAMS.find(starts);
}

/**
 * Finds a server, or installs Debian's if there is none.
 *
 * @returns {string | undefined}
 */
export function setUpRedis() {
  const found = findRedis();
  if (found !== undefined || process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return found;
  process.stderr.write("Redis: installing Debian's package redis-server\n");
  // the package would start a server of its own
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  for (const args of [
    ["update", "-qq"],
    ["install", "-y", "-qq", "--no-install-recommends", "redis-server"],
  ]) {
    spawnSync("apt-get", args, { stdio: "ignore", timeout: 5 * MINUTE, killSignal: "SIGKILL", env });
  }
  return findRedis();
}

/** @param {string} program */
function starts(program) {
  return spawnSync(program, ["--version"], { stdio: "ignore", timeout: MINUTE / 2 }).status === 0;
}

/**
 * `xent` in a process that reports its peak memory to its parent: `node xent-child.mjs CALL ARGUMENT...`. With CALL above 0 it
 * sends itself a SIGINT, as Ctrl-C does, at that call of the engine.
 */
import { existsSync, readFileSync } from "node:fs";
import { run } from "../../xent/build/cli/run.js";
import { packageSeams } from "../../xent/build/cli/seams.js";

const [call, ...argv] = process.argv.slice(2);

/** @type {import("../../xent/build/cli/seams.js").Seams["loadEngine"]} */
async function loadEngine() {
  const createEngine = await packageSeams.loadEngine();
  return async (options) => {
    const engine = await createEngine(options);
    let calls = 0;
    return {
      ...engine,
      scoreTokens(...scored) {
        if (++calls === Number(call)) process.kill(process.pid, "SIGINT");
        return engine.scoreTokens(...scored);
      },
    };
  };
}

/** VmHWM, because on Linux the maxRSS of a child starts from its parent's. */
function peakBytes() {
  const status = "/proc/self/status";
  const kilobytes = existsSync(status) ? /VmHWM:\s+(\d+) kB/.exec(readFileSync(status, "utf8"))?.[1] : undefined;
  return 1024 * Number(kilobytes ?? process.resourceUsage().maxRSS);
}

process.exitCode = await run(argv, process, { ...packageSeams, loadEngine });
process.send?.({ peakBytes: peakBytes() });
process.disconnect?.();

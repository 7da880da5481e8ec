/**
 * `xent` in a process that tells its parent how much memory it took: `node xent-child.mjs CALL ARGUMENT...`. With CALL above 0 it
 * sends itself a SIGINT, as Ctrl-C does, when the engine is called for that time.
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

/** Linux counts a child's memory from its parent's on in maxRSS, and not in VmHWM. */
function peakBytes() {
  const status = "/proc/self/status";
  const kilobytes = existsSync(status) ? /VmHWM:\s+(\d+) kB/.exec(readFileSync(status, "utf8"))?.[1] : undefined;
  return 1024 * Number(kilobytes ?? process.resourceUsage().maxRSS);
}

process.exitCode = await run(argv, process, { ...packageSeams, loadEngine });
process.send?.({ peakBytes: peakBytes() });
process.disconnect?.();

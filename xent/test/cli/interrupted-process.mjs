// Runs the built `xent` in batches of a few rows and pauses in the third: `node interrupted-process.mjs HOW ARGUMENT...`.
// It sends "third batch" to its parent. With HOW "once" it continues after a signal. With HOW "twice" it sends "interrupted"
// after the first signal and never continues.
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { run } from "../../build/cli/run.js";
import { packageSeams } from "../../build/cli/seams.js";

const [how, ...argv] = process.argv.slice(2);

/** @type {import("../../src/cli/seams.js").Seams} */
const seams = {
  ...packageSeams,
  batchBytes: 20 * 4096 * 4,
  loadEngine: async () => {
    const createEngine = await packageSeams.loadEngine();
    return async (options) => {
      const engine = await createEngine(options);
      let calls = 0;
      const scoreTokens = async (/** @type {Parameters<typeof engine.scoreTokens>} */ ...call) => {
        if (++calls === 3) {
          const interrupted = Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
          // without a timer, a process that only waits for a signal would exit
          const awake = setInterval(() => {}, 1000);
          process.send?.("third batch");
          await interrupted;
          clearInterval(awake);
          if (how === "twice") {
            // an earlier second signal may count as the same Ctrl-C
            await setTimeout(1100);
            process.send?.("interrupted");
            await setTimeout(2 ** 30);
          }
        }
        return engine.scoreTokens(...call);
      };
      return { ...engine, scoreTokens };
    };
  },
};

process.exitCode = await run(argv, process, seams);
process.disconnect?.();

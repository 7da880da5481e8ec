// `xent` as it is built, in batches of a few rows, held up in the third of them: `node interrupted-process.mjs HOW ARGUMENT...`.
// It says "third batch" to its parent and goes on when a signal has come: HOW "once". Never: HOW "twice", with "interrupted" then.
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
          // a process that only waits for a signal ends
          const awake = setInterval(() => {}, 1000);
          process.send?.("third batch");
          await interrupted;
          clearInterval(awake);
          if (how === "twice") {
            // what comes sooner may be the same Ctrl-C again
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

// Runs the built `xent` slowly, in batches of a few rows: `node child.mjs SAVE_SECONDS BATCH_BYTES PAUSE ARGUMENT...`. PAUSE is in
// milliseconds per batch; HELD waits in the third batch until the parent sends a message. It sends the number of batches so far.
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { run } from "../../build/cli/run.js";
import { packageSeams } from "../../build/cli/seams.js";

const [saveSeconds, batchBytes, pause, ...argv] = process.argv.slice(2);
let calls = 0;

async function slowly() {
  process.send?.(++calls);
  if (pause === "HELD" && calls === 3) await once(process, "message");
  else if (Number(pause) > 0) await setTimeout(Number(pause));
}

/** @type {import("../../src/cli/seams.js").Seams} */
const seams = {
  ...packageSeams,
  saveSeconds: Number(saveSeconds),
  batchBytes: Number(batchBytes),
  ...(process.env["LOCK_SECONDS"] && { lockSeconds: Number(process.env["LOCK_SECONDS"]) }),
  loadEngine: async () => {
    const createEngine = await packageSeams.loadEngine();
    return async (options) => {
      const engine = await createEngine(options);
      return {
        ...engine,
        async scoreTokens(...call) {
          await slowly();
          return engine.scoreTokens(...call);
        },
        async compareLogits(...call) {
          await slowly();
          return engine.compareLogits(...call);
        },
      };
    };
  },
};

for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
process.exitCode = await run(argv, process, seams);
process.disconnect?.();

import { headersOf } from "../files/open-input.js";
import type { Tell } from "../files/output.js";
import { oneLine } from "../one-line.js";
import { openBroker } from "../queue/broker.js";
import { work } from "../queue/work.js";
import type { Seams, Terminal } from "./seams.js";
import type { WorkerOptions } from "./worker-options.js";

/**
 * `xent worker`: scores rows for others until it is told to leave.
 * @returns the exit code
 * @throws InputError when the queue cannot be reached
 */
export async function worker(options: WorkerOptions, terminal: Terminal, seams: Seams): Promise<number> {
  const { threads, idleSeconds } = options;
  const open = { http: { headers: headersOf(options.headers), ...seams.http }, stdin: undefined };
  const broker = await openBroker(options.queue);
  const createEngine = await seams.loadEngine();
  const engine = await createEngine({ ...(threads !== undefined && { threads }), deterministic: true });
  const tell: Tell = (line) => void terminal.stderr.write(`xent: ${oneLine(line)}\n`);
  try {
    const ranges = await work({ broker, engine, open, idleSeconds, lockSeconds: seams.lockSeconds, process: terminal, tell });
    tell(`left after ${ranges} ${ranges === 1 ? "range" : "ranges"} of rows`);
    return 0;
  } finally {
    await engine.close();
  }
}

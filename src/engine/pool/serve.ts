/** A worker's life, whatever it runs in: the first message says whether it shares its pool's memory. */
import type { WorkerPort } from "./messages.js";
import { PoolWorker } from "./pool-worker.js";
import { UnsharedWorker } from "./unshared-worker.js";

export function serve(port: WorkerPort): void {
  let sharing: PoolWorker | undefined;
  let alone: UnsharedWorker | undefined;
  port.listen((message) => {
    switch (message.kind) {
      case "start":
        sharing = new PoolWorker(port, message);
        port.post({ kind: "ready" });
        // what ends the loop ends the worker: thrown where the runtime reports it
        sharing.loop().catch((error: unknown) => {
          setTimeout(() => {
            throw error;
          }, 0);
        });
        break;
      case "start unshared":
        alone = new UnsharedWorker(message.module);
        port.post({ kind: "ready" });
        break;
      case "mail":
        sharing?.receive(message);
        break;
      default:
        alone?.answer(port, message);
    }
  });
}

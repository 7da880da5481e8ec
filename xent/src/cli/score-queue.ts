import { withoutSecrets } from "../files/address.js";
import { InputError } from "../files/input-error.js";
import { oneLine } from "../one-line.js";
import { openBroker } from "../queue/broker.js";
import { submit } from "../queue/submit.js";
import { partProblem, resultOf } from "./merge.js";
import { writePart } from "./parts/part.js";
import { print } from "./print.js";
import { scoreSpec } from "./score.js";
import type { QueueChoice, ScoreOptions } from "./score-options.js";
import { scoringRun } from "./scoring-run.js";
import type { Seams, Terminal } from "./seams.js";

/**
 * `xent score --queue`: lets the workers of a queue score the rows, with the kernels that give the same bits on every processor.
 * @returns the exit code
 * @throws InputError as `score` does, and when the queue cannot be reached or a worker refuses its rows
 */
export async function scoreByQueue(given: ScoreOptions, queue: QueueChoice, terminal: Terminal, seams: Seams): Promise<number> {
  const options: ScoreOptions = { ...given, deterministic: true, threads: 1 };
  const broker = await openBroker(queue.address);
  return scoringRun({ ...scoreSpec(options), sinks: [] }, terminal, seams, async (run) => {
    const { whole, rowsDone, interrupted } = await submit(broker, queue, run, options);
    if (whole === undefined) {
      const { rows } = run.inputs;
      terminal.stderr.write(`${oneLine(`xent: interrupted after ${rowsDone} of ${rows} rows; what was queued is cancelled`)}\n`);
      return interrupted ?? 1;
    }
    for (const file of run.files) await file.checkUnchanged();
    if (options.sumsFile !== undefined) await writePart(options.sumsFile, whole);
    await print(terminal, resultOf(whole, options));
    const problem = partProblem(withoutSecrets(options.logits.path), whole);
    if (problem !== undefined) throw new InputError(problem);
    return 0;
  });
}

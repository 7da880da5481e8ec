/** npm run train: a byte-level language model, trained with this package's loss and gradient. See README.md. */
import { setImmediate } from "node:timers/promises";
import { countedBits } from "./counts.mjs";
import { FAST, REFERENCE } from "./loss.mjs";
import { HELP, parseOptions, UsageError } from "./options.mjs";
import { Progress } from "./progress.mjs";
import { courseLine, HEADINGS, summary } from "./report.mjs";
import { sampleLines } from "./sample.mjs";
import { readText } from "./text.mjs";
import { Training } from "./training.mjs";

/** Lines told in the course of the training, and which of the held-out bytes they are about: every n-th. */
const LINES = 20;
const EVERY = 8;

const PROMPT = "And ";
const INTERRUPTED = 130;

/** @param {ReturnType<typeof parseOptions>} options */
async function main({ settings, reference, json }) {
  const text = readText();
  const loss = reference ? REFERENCE : FAST;
  const training = new Training(text, settings, loss);
  const stopped = await run(training, settings.steps);

  /** @type {import("./report.mjs").Result} */
  const result = {
    loss: loss.name,
    seed: settings.seed,
    steps: settings.steps,
    stepsDone: training.steps,
    batch: settings.batch,
    weights: training.model.weights.length,
    trainedBytes: text.trained,
    heldOutBytes: text.bytes.length - text.trained,
    heldOutBitsPerByte: training.heldOutBits(),
    countedBitsPerByte: { pairs: countedBits(text, 1), threes: countedBits(text, 2) },
    seconds: training.seconds.all,
    lossSeconds: training.seconds.loss,
    sample: sampleLines(training.model, settings, PROMPT),
  };
  process.stdout.write(json ? `${JSON.stringify(result, null, 2)}\n` : summary(result));
  if (stopped) process.exitCode = INTERRUPTED;
}

/**
 * All steps, or those up to Ctrl-C; a second one ends the process at once.
 *
 * @param {Training} training
 * @param {number} steps
 * @returns {Promise<boolean>} whether it was stopped
 */
async function run(training, steps) {
  let stopped = false;
  const stop = () => {
    stopped = true;
  };
  process.once("SIGINT", stop);

  const progress = new Progress(process.stderr, steps);
  progress.line(HEADINGS);
  const between = Math.ceil(steps / LINES);
  let sum = 0;
  let count = 0;
  while (training.steps < steps && !stopped) {
    sum += training.step();
    count++;
    progress.update(training.steps, sum / count);
    if (count === between) {
      progress.line(courseLine(training, sum / count, training.heldOutBits(EVERY)));
      sum = 0;
      count = 0;
    }
    await setImmediate(); // a turn of the event loop, in which Ctrl-C is heard
  }
  progress.line("");
  process.off("SIGINT", stop);
  return stopped;
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(HELP);
  else await main(options);
} catch (error) {
  const usage = error instanceof UsageError;
  process.stderr.write(`${usage ? `${error.message}\n\n${HELP}` : /** @type {Error} */ (error).stack}\n`);
  process.exitCode = usage ? 2 : 1;
}

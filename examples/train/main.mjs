/** npm run train: trains a byte-level language model with this package's loss and gradient. See README.md. */
import { setImmediate } from "node:timers/promises";
import { countedBits } from "./counts.mjs";
import { FAST, REFERENCE } from "./loss.mjs";
import { HELP, parseOptions, UsageError } from "./options.mjs";
import { Progress } from "./progress.mjs";
import { courseLine, HEADINGS, summary } from "./report.mjs";
import { sampleLines } from "./sample.mjs";
import { readText } from "./text.mjs";
import { Training } from "./training.mjs";

/** Progress lines per training. */
const LINES = 20;

/** A progress line uses every EVERY-th byte of the held-out text. */
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
 * Runs all steps, or stops at Ctrl-C; a second Ctrl-C ends the process at once.
 *
 * @param {Training} training
 * @param {number} steps
 * @returns {Promise<boolean>} whether Ctrl-C stopped the training
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
    await setImmediate(); // lets the event loop deliver Ctrl-C
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

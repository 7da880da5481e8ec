// Prints what a user gets from the plain functions, a local engine and an engine: numbers, or the texts of errors.
import { createEngine, createLocalEngine, crossEntropy } from "wasm-cross-entropy";

const logits = Float32Array.of(2, 1, 0.5, 0.5, 2.5, 1);
const outcome = async (use) => {
  try {
    return await use();
  } catch (error) {
    return String(error);
  }
};

const result = {
  plain: await outcome(() => crossEntropy(logits, [0, 1])),
  local: await outcome(() => createLocalEngine().crossEntropy(logits, [0, 1])),
};
if (!process.argv.includes("--no-engine")) {
  result.engine = await outcome(async () => {
    const engine = await createEngine({ threads: 1 });
    // long enough for the worker
    const large = new Float32Array(1 << 22).fill(1);
    const loss = await engine.crossEntropy(large, [0]);
    await engine.close();
    return Math.abs(loss - Math.log(large.length)) < 1e-4 ? crossEntropy(logits, [0, 1]) : `a loss of ${loss}`;
  });
}
process.stdout.write(JSON.stringify(result));

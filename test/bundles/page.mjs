/** What the bundlers get: a page that uses the package as a user's does, and says what came out. */
import { createEngine, crossEntropy } from "../../build/index.js";

const engine = await createEngine({ threads: 2 });
const logits = new Float32Array(2000 * 1000).map((_, i) => (i % 97) / 9);
const targets = new Int32Array(2000).fill(3);
const loss = await engine.crossEntropy(logits, targets);
const { shared, threads } = engine.info();
await engine.close();
globalThis.outcome = { shared, threads, same: loss === crossEntropy(logits, targets) };

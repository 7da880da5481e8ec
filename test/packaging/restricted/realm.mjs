// Arrays of a vm context, as a sandbox for plug-ins hands them out.
import vm from "node:vm";
import { createLocalEngine, crossEntropy, softmax } from "wasm-cross-entropy";

const there = (code) => vm.runInNewContext(code);
const logits = there("new Float32Array([2, 1, 0.5, 0.5, 2.5, 1])");
const out = there("new Float32Array(6)");
if (softmax(logits, { shape: [2, 3], out }) !== out) throw new Error("out is not returned");
const plain = crossEntropy(logits, there("new BigInt64Array([0n, 1n])"));
const local = createLocalEngine().crossEntropy(logits, there("new Float32Array([1, 0, 0, 0, 1, 0])"), { shape: [2, 3] });
process.stdout.write(JSON.stringify({ plain, local }));

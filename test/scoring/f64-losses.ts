import { readFileSync } from "node:fs";
import { readPassageFile } from "../support/passage-file.js";

/** A shipped passage: losses computed here in f64 from the formula, and independently computed totals. */
export interface Passage {
  readonly logits: Float32Array;
  readonly nats: Float64Array;
  readonly greedy: Uint8Array;
  readonly targets: BigInt64Array;
  readonly tokenBytes: Int32Array;
  readonly bytes: Int32Array;
  /** Totals, with the names of NAME.expected.json. */
  readonly expected: Readonly<Record<string, number>>;
  /** Comparison of the 8-bit model with the f32 model, with the names of the same file. */
  readonly compared: Readonly<Record<string, number>>;
}

export function passage(name: "devil" | "widget", model: "f32" | "int8" = "f32"): Passage {
  const { classes, logits, targets, tokenBytes } = readPassageFile(`examples/data/${name}.${model}.safetensors`);
  const nats = new Float64Array(targets.length);
  const greedy = new Uint8Array(targets.length);
  for (let row = 0; row < targets.length; row++) {
    const x = Array.from(logits.subarray(row * classes, (row + 1) * classes));
    const own = x[Number(targets[row])];
    const max = Math.max(...x);
    nats[row] = Math.log(x.reduce((sum, value) => sum + Math.exp(value - max), 0)) + (max - own);
    greedy[row] = x.indexOf(max) === Number(targets[row]) ? 1 : 0;
  }
  const bytes = Int32Array.from(targets, (id) => tokenBytes[Number(id)]);
  const { [model]: expected, compare: compared } = JSON.parse(readFileSync(`examples/data/${name}.expected.json`, "utf8"));
  return { logits, nats, greedy, targets, tokenBytes, bytes, expected, compared };
}

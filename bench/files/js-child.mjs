/** A hand-written loop: `node js-child.mjs FILE` reads the file of large-file.mjs row by row and prints the sum of the losses. */
import { closeSync, openSync, readSync } from "node:fs";
import { expSum, rowMax } from "../../xent/build/bench/cross-entropy-loop.js";

const file = openSync(process.argv[2], "r");
const length = new BigUint64Array(1);
readSync(file, length, 0, 8, 0);
const headerBytes = Number(length[0]);
const header = Buffer.alloc(headerBytes);
readSync(file, header, 0, headerBytes, 8);
const [rows, classes] = JSON.parse(header.toString()).logits.shape;
const start = 8 + headerBytes;
const targets = new Int32Array(rows);
readSync(file, targets, 0, rows * 4, start + rows * classes * 2);

const words = new Uint16Array(classes);
const logits = new Float32Array(classes);
const bits = new Uint32Array(logits.buffer);
let nats = 0;
for (let row = 0; row < rows; row++) {
  readSync(file, words, 0, classes * 2, start + row * classes * 2);
  for (let i = 0; i < classes; i++) bits[i] = words[i] << 16;
  const max = rowMax(logits, 0, classes);
  nats += max + Math.log(expSum(logits, 0, classes, max)) - logits[targets[row]];
}
closeSync(file);
process.stdout.write(JSON.stringify({ nats, version: process.versions.node }));
